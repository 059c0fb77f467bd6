// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/community/types.h"

namespace comity::community::wiki {

/// Where a page stands within its space: 1 to 16 parts between slashes, 512 bytes in all, of letters, digits,
/// hyphens, underscores and dots; characters beyond ASCII count as letters where they show as they are
/// written. No part begins or ends with a dot, so that no path climbs or hides; none is the id of an entry,
/// by which a page can be addressed too. Error kPagePath. Any thread.
[[nodiscard]] Status check_path(std::string_view path);

/// A path made of any name, such as that of an imported file: what cannot stand in one becomes a hyphen.
/// Empty when nothing is left.
[[nodiscard]] std::string path_from(std::string_view name);

/// The pages that a text links to, each once, in their order and at most 256: [[path]], [[path|words]], and
/// CommonMark links [words](path) whose target is a path and no address. Code is passed over.
[[nodiscard]] std::vector<std::string> links_in(std::string_view text);

struct Heading {
  unsigned level = 1;    ///< 1 to 6
  std::string title{};   ///< as written
  std::string anchor{};  ///< lower case, hyphens for blanks; "-2" and so on behind one that is taken
};
/// The headings (# to ######) of a text outside code, at most 1,000: its table of contents.
[[nodiscard]] std::vector<Heading> headings_in(std::string_view text);

/// One line of a comparison: ' ', '-' or '+' and the text, without its line feed.
struct DiffLine {
  char mark = ' ';
  std::string text{};
};
struct DiffHunk {
  std::size_t old_line = 0;  ///< from 1; the line before when there is none
  std::size_t old_count = 0;
  std::size_t new_line = 0;
  std::size_t new_count = 0;
  std::vector<DiffLine> lines{};
};
/// What changed from one text to another, with three lines around each change. Error: that of hunks().
[[nodiscard]] Result<std::vector<DiffHunk>> unified(std::string_view before, std::string_view after);

}  // namespace comity::community::wiki
