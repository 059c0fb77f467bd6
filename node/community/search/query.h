// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/community/search/words.h"

namespace comity::community::search {

/// Most bytes of what somebody types, and most words of it.
inline constexpr std::size_t kQueryBytes = 1024;
inline constexpr std::size_t kQueryWords = 32;

/// One thing that is looked for.
struct Clause {
  std::vector<std::string> terms{};  ///< one after the other in a text
  bool prefix = false;               ///< the last one need only begin so
  std::vector<std::string> stems{};  ///< of the one term, with their mark: any of them will do as well
  bool excluded = false;             ///< what holds it is not found

  friend bool operator==(const Clause&, const Clause&) = default;
};

/// What somebody typed: all of the words have to be there, "a phrase" as it is written, begin* as the start
/// of a word, -word not at all. Everything else separates words; there is no other syntax.
struct Query {
  std::vector<Clause> clauses{};

  [[nodiscard]] bool empty() const noexcept { return clauses.empty(); }
  /// Whether only what is not to be found was named.
  [[nodiscard]] bool only_excludes() const noexcept;
};

/// Reads a query. One of blanks alone is empty. Error kQueryRule: more than kQueryBytes or kQueryWords,
/// control characters or what turns the direction of writing, or no word in it.
[[nodiscard]] Result<Query> parse_query(std::string_view text, Words& words);

/// Narrows a search to what carries one of the marks of each group: the facets of
/// node/community/search/index.h.
using MarkGroups = std::vector<std::vector<std::string>>;

/// The same in the language of FTS5. All that a person typed stands within quotation marks, cut into terms,
/// so that none of it is read as an operator. Precondition: `query` looks for something, or there are marks.
[[nodiscard]] std::string match_text(const Query& query, const MarkGroups& marks);

/// Before a text that is terms already, which kTermEnd separates: facets, and all queries.
inline constexpr char kRawMark = '\x01';
inline constexpr char kTermEnd = '\x1f';

/// Where the words of a query stand in a text.
struct Hit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t clause = 0;
};
/// The first `most` places in the first `most_bytes`, in the order of the text. A phrase is one place.
[[nodiscard]] std::vector<Hit> hits(const Query& query, std::string_view text, Words& words, std::size_t most,
                                    std::size_t most_bytes);

}  // namespace comity::community::search
