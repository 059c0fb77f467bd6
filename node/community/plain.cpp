// SPDX-License-Identifier: EUPL-1.2
#include "node/community/plain.h"

#include <algorithm>
#include <cstring>

#include "node/community/commonmark.h"

namespace comity::community {
namespace {

/// "[[travel/rules|the rules]]" says "the rules".
void add_words(std::string_view text, std::string& out) {
  while (true) {
    const std::size_t open = text.find("[[");
    const std::size_t close = open == std::string_view::npos ? open : text.find("]]", open + 2);
    if (close == std::string_view::npos) break;
    out += text.substr(0, open);
    std::string_view named = text.substr(open + 2, close - open - 2);
    if (const std::size_t bar = named.find('|'); bar != std::string_view::npos) named.remove_prefix(bar + 1);
    out += named;
    text.remove_prefix(close + 2);
  }
  out += text;
}

bool is_gap(cmark_node* node, cmark_event_type event) {
  const cmark_node_type type = cmark_node_get_type(node);
  const bool block = (type & CMARK_NODE_TYPE_MASK) == CMARK_NODE_TYPE_BLOCK;
  return (event == CMARK_EVENT_EXIT && block) || type == CMARK_NODE_SOFTBREAK ||
         type == CMARK_NODE_LINEBREAK || std::strcmp(cmark_node_get_type_string(node), "table_cell") == 0;
}

}  // namespace

std::string plain_text(std::string_view markdown) {
  const CommonMark tree = parse_commonmark(markdown);
  std::string out;
  cmark_iter* const walk = cmark_iter_new(tree.get());
  for (auto event = cmark_iter_next(walk); event != CMARK_EVENT_DONE; event = cmark_iter_next(walk)) {
    cmark_node* const node = cmark_iter_get_node(walk);
    if (is_gap(node, event) && !out.empty() && !out.ends_with(' ')) out += ' ';
    const char* const literal = event == CMARK_EVENT_ENTER ? cmark_node_get_literal(node) : nullptr;
    if (literal == nullptr) continue;
    if (cmark_node_get_type(node) == CMARK_NODE_TEXT) {
      add_words(literal, out);
    } else {
      out += literal;
    }
  }
  cmark_iter_free(walk);
  std::replace(out.begin(), out.end(), '\n', ' ');
  while (out.ends_with(' '))
    out.pop_back();
  return out;
}

}  // namespace comity::community
