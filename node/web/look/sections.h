// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace comity::web {

/// What stands below one heading of a text, down to the next of its level or a higher one.
struct Section {
  std::string title;  ///< plain text
  std::uint32_t level = 1;
  std::size_t begin = 0;  ///< in bytes of the text: its heading included
  std::size_t end = 0;
};
/// The sections of a CommonMark text in the order of their headings; one holds those of deeper levels.
/// Headings in quotations and lists begin none. Pure, any thread.
[[nodiscard]] std::vector<Section> sections_of(std::string_view text);
/// The text with `written` in place of that section, blank lines behind it kept; empty text takes the section
/// away. Precondition: `section` is of sections_of(text).
[[nodiscard]] std::string with_section(std::string_view text, const Section& section,
                                       std::string_view written);

}  // namespace comity::web
