// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "node/community/types.h"

namespace comity::community {

/// Judges a text of several lines, which shows as it is written: UTF-8 of at most `most` bytes without
/// control characters but tab and line feed, and without what turns the direction of writing. `most` is
/// 256 KiB for posts. Errors: kTextEmpty when nothing but white space stands in it, kTextTooLong, kTextRule.
/// Any thread.
[[nodiscard]] Status check_text(std::string_view text, std::size_t most);

/// The same without a text being asked for.
[[nodiscard]] Status check_optional_text(std::string_view text, std::size_t most);

/// Error kTitleRule for a title that is not one plain line of 1 to 512 bytes with something to see in it.
[[nodiscard]] Status check_title(std::string_view title);

/// Error kTagRule for more than 16 tags, a tag above 64 bytes, with an upper-case letter of ASCII, with white
/// space, or named twice.
[[nodiscard]] Status check_tags(std::span<const std::string> tags);

/// Line ends as one line feed each, so that a text typed on any system is judged alike.
[[nodiscard]] std::string with_line_feeds(std::string_view text);

}  // namespace comity::community
