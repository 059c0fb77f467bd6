// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "node/community/search/query.h"

namespace comity::community::search {

/// Some words around what was found, on one line.
struct Snippet {
  std::string text{};
  struct Mark {
    std::size_t begin = 0;  ///< bytes into the text
    std::size_t end = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  std::vector<Mark> marks{};  ///< what the query found there, in order
};

/// The place in `text` with most different words of the query, of about 240 bytes; its beginning when none of
/// them stands there.
[[nodiscard]] Snippet cut_snippet(const Query& query, std::string_view text, Words& words);

}  // namespace comity::community::search
