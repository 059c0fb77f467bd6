// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/shown.h"

namespace comity::community::wiki {
namespace {

std::string with_last_line_feed(std::string text) {
  if (!text.empty() && text.back() != '\n') text.push_back('\n');
  return text;
}

}  // namespace

Result<Shown> show(const RevisionGraph& graph, const Usable& usable, const TextOf& text_of) {
  Shown out;
  COMITY_TRY(out.heads, graph.heads(usable));
  if (out.heads.empty()) return out;
  if (out.heads.size() > kMostFolded) {
    out.left_out = out.heads.size() - kMostFolded;
    out.heads.erase(out.heads.begin(), out.heads.begin() + static_cast<std::ptrdiff_t>(out.left_out));
  }
  COMITY_TRY(std::string first, text_of(out.heads.front()));
  if (out.heads.size() == 1) {
    out.merged = merged_of(out.heads.front(), std::move(first));
    return out;
  }
  out.merged = merged_of(out.heads.front(), with_last_line_feed(std::move(first)));
  for (std::size_t i = 1; i < out.heads.size(); ++i) {
    const EntryId& head = out.heads[i];
    COMITY_TRY(const EntryId base, graph.base(out.merged.heads, head, usable));
    std::string base_text;
    if (!base.is_zero()) {
      COMITY_TRY(base_text, text_of(base));
    }
    COMITY_TRY(const std::string text, text_of(head));
    COMITY_TRY(out.merged,
               fold(with_last_line_feed(std::move(base_text)), out.merged, head, with_last_line_feed(text)));
  }
  return out;
}

std::string plain_text(const Merged& merged) {
  std::string out;
  for (const Block& block : merged.blocks) {
    out += block.text;
    for (const Side& side : block.sides)
      out += with_last_line_feed(side.text);
  }
  return out;
}

}  // namespace comity::community::wiki
