// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <string>
#include <vector>

#include "node/community/types.h"

namespace comity::community {

/// What a space says of itself.
struct SpaceWords {
  SpaceId space;
  std::string slug{};
  std::string title{};
  std::string description{};
};

/// A space that may serve the same end, and how much of both texts is shared, in thousandths.
struct SimilarSpace {
  SpaceId space;
  unsigned permille = 0;

  friend bool operator==(const SimilarSpace&, const SimilarSpace&) = default;
};

/// From so much on a space is worth a look before another one is opened.
inline constexpr unsigned kSimilarPermille = 450;

/// Those of `there` that resemble `fresh`, the most similar first, at most `most`. Words of slug and title
/// count for more than those of the description, a word for less the more spaces use it, and those that every
/// space could be called by ("forum") for nothing; a word and its inflections ("rule", "rules") are one.
/// The same space is left out. Pure: the same texts give the same answer everywhere. Any thread.
[[nodiscard]] std::vector<SimilarSpace> similar_spaces(const SpaceWords& fresh,
                                                       std::span<const SpaceWords> there, std::size_t most);

/// The words of a text that say what it is about, each once: folded, without those that say nothing. At most
/// `most` of them.
[[nodiscard]] std::vector<std::string> telling_words(std::string_view text, std::size_t most);

/// Whether two folded words are one word in different forms: the longer begins with nearly all of the
/// shorter.
[[nodiscard]] bool is_same_word(std::string_view a, std::string_view b) noexcept;

}  // namespace comity::community
