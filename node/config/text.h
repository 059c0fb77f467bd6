// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace comity::config {

/// Takes the first code point off `text`. Nothing, with `text` unchanged, when it does not begin with a
/// well-formed UTF-8 sequence (proto::is_utf8) or is empty.
[[nodiscard]] std::optional<char32_t> next_code_point(std::string_view& text);

/// Whether one line of a person's text may hold this code point: no controls, no line or paragraph
/// separators, no bidirectional overrides or isolates, with which a name can be made to look like another.
[[nodiscard]] bool is_plain(char32_t code_point);

/// The number of code points; nothing when `text` is not UTF-8.
[[nodiscard]] std::optional<std::size_t> count_code_points(std::string_view text);

/// `text` as an error message may repeat it: whatever is not plain is escaped, the rest is cut after
/// 64 code points with "…".
[[nodiscard]] std::string shown(std::string_view text);

/// The parts between the separators: always one more than there are separators.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// The fewest insertions, deletions, replacements and exchanges of neighbours that turn `a` into `b` (optimal
/// string alignment), in bytes. The cost is the product of both sizes: callers bound them.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// How far a word may be from a name to count as a slip of it.
[[nodiscard]] std::size_t tolerated_slips(std::string_view word);

/// The candidate nearest to `word` that counts as a slip of it; the first of several. Nothing for a long
/// word.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

}  // namespace comity::config
