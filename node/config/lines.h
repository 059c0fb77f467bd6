// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The lines of a settings file, which is mended line by line so that one broken line hides no other.
namespace comity::config {

/// Without their line ends. Index 0 is line 1.
using Lines = std::vector<std::string>;

/// Both line ends are known, LF and CR LF.
[[nodiscard]] Lines split_lines(std::string_view text);

/// The text of the lines, with LF between them.
[[nodiscard]] std::string join_lines(const Lines& lines);

/// The number of blanks and tabs that the line begins with.
[[nodiscard]] std::size_t indent(std::string_view line);

/// Whether `c` is the first character that is no blank or tab.
[[nodiscard]] bool begins_with(std::string_view line, char c);

/// A line that was not UTF-8.
struct Mended {
  std::string text;          ///< with "?" in place of each wrong byte
  std::uint32_t column = 0;  ///< of the first one, from 1, in code points
};

/// Nothing when the line is UTF-8.
[[nodiscard]] std::optional<Mended> mend(std::string_view line);

/// The number, from 1, of the line with the nth dot outside comment lines; nothing when there are fewer.
[[nodiscard]] std::optional<std::uint32_t> line_of_dot(const Lines& lines, std::size_t nth);

}  // namespace comity::config
