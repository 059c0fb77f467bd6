// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <string>
#include <vector>

#include "node/community/people/people.h"
#include "node/community/posts/post_reader.h"
#include "node/community/spaces/space.h"
#include "storage/view.h"

namespace comity::community {

/// A space that somebody may like to follow, and why.
struct SuggestedSpace {
  SpaceId space;
  std::vector<std::string> reasons{};  ///< in words, the strongest first; never empty

  friend bool operator==(const SuggestedSpace&, const SuggestedSpace&) = default;
};

/// How many are suggested.
inline constexpr std::size_t kSuggestions = 3;
/// What counts as lively: discussions and updates begun in this time, as many as are looked at.
inline constexpr std::chrono::days kLively{30};
inline constexpr std::size_t kMostLively = 20;

/// Spaces that one of our people may read and does not follow, by what fits them best: named there by person
/// or unit, then words of the unit, the position and the skills in the space's name and description, then how
/// much they may read there that is new. `spaces` are all that are known; `posts` reads with the person's
/// eyes, from `view`. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<std::vector<SuggestedSpace>> suggest_spaces(const storage::View& view, PostReader& posts,
                                                                 const AgencyId& self,
                                                                 const PersonRow& person,
                                                                 std::span<const Space* const> spaces,
                                                                 WallTime now);

}  // namespace comity::community
