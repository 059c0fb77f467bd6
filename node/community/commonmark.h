// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <string_view>

#include <cmark-gfm.h>

namespace comity::community {

struct FreeNode {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
};
using CommonMark = std::unique_ptr<cmark_node, FreeNode>;

/// The tree of a CommonMark text with what we add to it: tables, strikethrough, task lists and bare addresses
/// (GitHub Flavored Markdown 0.29). What is no UTF-8 is replaced; neighbouring pieces of text are one, so
/// that
/// [[pages]] stand in one piece. Pure; any thread.
[[nodiscard]] CommonMark parse_commonmark(std::string_view text);

}  // namespace comity::community
