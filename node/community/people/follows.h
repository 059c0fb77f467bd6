// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// Most people that one person follows.
inline constexpr std::size_t kMostFollowed = 5000;

/// One whom somebody follows.
struct Followed {
  Person who{};
  WallTime since{};

  friend bool operator==(const Followed&, const Followed&) = default;
};

/// Most spaces that one person follows.
inline constexpr std::size_t kMostSpacesFollowed = 1000;

/// Rows by which `follower`, one of our people, follows somebody; the row stays what it is when they do
/// already. It is told to nobody. Errors: kFollowRule for oneself and above kMostFollowed, kFeedDamaged and
/// those of the store. The caller has made sure that the other exists.
[[nodiscard]] Result<storage::Batch> follow_person(const storage::View& view, const Person& follower,
                                                   const Person& who, WallTime now);
/// Errors: kFollowRule when they do not, and those of the store.
[[nodiscard]] Result<storage::Batch> unfollow_person(const storage::View& view, const Person& follower,
                                                     const Person& who);

/// All whom somebody follows, in the order of ids; at most kMostFollowed.
[[nodiscard]] Result<std::vector<Followed>> followed_by(const storage::View& view, const UserId& follower);

/// One space that somebody follows.
struct FollowedSpace {
  SpaceId space;
  WallTime since{};

  friend bool operator==(const FollowedSpace&, const FollowedSpace&) = default;
};

/// The same for a space, which the caller has made sure that they may read. Errors: kFollowRule above
/// kMostSpacesFollowed, kFeedDamaged and those of the store.
[[nodiscard]] Result<storage::Batch> follow_space(const storage::View& view, const UserId& follower,
                                                  const SpaceId& space, WallTime now);
/// Errors: kFollowRule when they do not follow it, and those of the store.
[[nodiscard]] Result<storage::Batch> unfollow_space(const storage::View& view, const UserId& follower,
                                                    const SpaceId& space);

/// All spaces that somebody follows, in the order of ids; at most kMostSpacesFollowed. Whether they may still
/// be read is not asked.
[[nodiscard]] Result<std::vector<FollowedSpace>> spaces_followed_by(const storage::View& view,
                                                                    const UserId& follower);

}  // namespace comity::community
