// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

namespace comity::community {

/// The words of a CommonMark text (cmark-gfm, with tables, strikethrough, task lists and bare addresses)
/// without its marks: links and [[pages]] by their words, HTML as it is written, a blank between blocks and
/// cells. What it says of a text that is cut anywhere is what that beginning says. Pure; any thread; at most
/// the length of the text and a blank for each block.
[[nodiscard]] std::string plain_text(std::string_view markdown);

}  // namespace comity::community
