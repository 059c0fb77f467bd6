// SPDX-License-Identifier: EUPL-1.2
#include "node/config/lines.h"

#include <algorithm>

#include "node/config/text.h"

namespace comity::config {

Lines split_lines(std::string_view text) {
  Lines lines;
  for (std::string_view line : split(text, '\n')) {
    const bool last = line.data() + line.size() == text.data() + text.size();
    // A line is also read on its own, where a carriage return before the line feed would be a stray one.
    if (!last && line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  return lines;
}

std::string join_lines(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (&line != &lines.front()) text += '\n';
    text += line;
  }
  return text;
}

std::size_t indent(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

bool begins_with(std::string_view line, char c) {
  return line.substr(indent(line)).starts_with(c);
}

std::optional<Mended> mend(std::string_view line) {
  Mended mended;
  for (std::uint32_t column = 1; !line.empty(); ++column) {
    const std::string_view before = line;
    if (next_code_point(line)) {
      mended.text += before.substr(0, before.size() - line.size());
      continue;
    }
    if (mended.column == 0) mended.column = column;
    mended.text += '?';
    line.remove_prefix(1);
  }
  if (mended.column == 0) return std::nullopt;
  return mended;
}

std::optional<std::uint32_t> line_of_dot(const Lines& lines, std::size_t nth) {
  std::size_t dots = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!begins_with(lines[i], '#')) dots += static_cast<std::size_t>(std::ranges::count(lines[i], '.'));
    if (dots >= nth) return static_cast<std::uint32_t>(i + 1);
  }
  return std::nullopt;
}

}  // namespace comity::config
