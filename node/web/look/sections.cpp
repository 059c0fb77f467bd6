// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/sections.h"

#include <algorithm>

#include "node/community/commonmark.h"

namespace comity::web {
namespace {

using Tree = community::CommonMark;

// Extensions change what stands in a line, and which lines make a table; no heading comes or goes by them.
Tree parse(std::string_view text) {
  return Tree(cmark_parse_document(text.data(), text.size(), CMARK_OPT_VALIDATE_UTF8));
}

/// Where each line of a text begins, and where the last one ends.
std::vector<std::size_t> line_starts(std::string_view text) {
  std::vector<std::size_t> out{0};
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool pair = text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
    if (!pair && (text[at] == '\n' || text[at] == '\r')) out.push_back(at + 1);
  }
  if (out.back() != text.size()) out.push_back(text.size());
  return out;
}

/// The letters of a heading.
std::string letters(cmark_node* heading) {
  std::string out;
  cmark_iter* const walk = cmark_iter_new(heading);
  for (auto event = cmark_iter_next(walk); event != CMARK_EVENT_DONE; event = cmark_iter_next(walk)) {
    const char* const literal = cmark_node_get_literal(cmark_iter_get_node(walk));
    if (event == CMARK_EVENT_ENTER && literal != nullptr) out += literal;
  }
  cmark_iter_free(walk);
  return out;
}

}  // namespace

std::vector<Section> sections_of(std::string_view text) {
  const Tree tree = parse(text);
  const std::vector<std::size_t> lines = line_starts(text);
  std::vector<Section> out;
  std::vector<std::size_t> open;  // sections that the next heading may end, by rising level
  for (cmark_node* node = cmark_node_first_child(tree.get()); node != nullptr; node = cmark_node_next(node)) {
    if (cmark_node_get_type(node) != CMARK_NODE_HEADING) continue;
    const auto line = static_cast<std::size_t>(std::max(cmark_node_get_start_line(node), 1)) - 1;
    const std::size_t begin = lines[std::min(line, lines.size() - 1)];
    const auto level = static_cast<std::uint32_t>(cmark_node_get_heading_level(node));
    while (!open.empty() && out[open.back()].level >= level) {
      out[open.back()].end = begin;
      open.pop_back();
    }
    open.push_back(out.size());
    out.push_back({.title = letters(node), .level = level, .begin = begin, .end = text.size()});
  }
  return out;
}

std::string with_section(std::string_view text, const Section& section, std::string_view written) {
  const std::string_view old = text.substr(section.begin, section.end - section.begin);
  const std::size_t words = old.find_last_not_of("\r\n");
  const std::string_view gap = words == std::string_view::npos ? old : old.substr(words + 1);
  const std::size_t last = written.find_last_not_of("\r\n");
  std::string out(text.substr(0, section.begin));
  if (last != std::string_view::npos) {
    out += written.substr(0, last + 1);
    out += gap;
  }
  out += text.substr(section.end);
  return out;
}

}  // namespace comity::web
