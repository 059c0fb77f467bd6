// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/community/posts/cursor.h"
#include "node/community/posts/post_reader.h"

namespace comity::community {

struct TimelineQuery {
  std::string after{};  ///< PostPage::next
  std::size_t limit = 50;
};

/// What somebody follows and what they write themselves, brought together: the updates and new discussions of
/// people and of spaces, newest first, each once. A merge over one index per person and per space, of which
/// only those are opened that have something to show; no scan. One thread at a time; everything outlives it.
class Timeline {
 public:
  /// Entries that one page opens, and rows that it passes over without opening because of where they stand:
  /// what a reader may not see costs no more than this, and the page is short.
  static constexpr std::size_t kMostLooked = 1000;
  static constexpr std::size_t kMostPassed = 20'000;

  /// `posts` reads with the eyes of the follower, from the same view and sights.
  Timeline(const storage::View& view, const Sights& sights, PostReader& posts)
      : view_(view), sights_(sights), posts_(posts) {}

  /// Private messages have places of their own and never stand here. Errors: kIdRule for a cursor that is
  /// none, kStoreBounds for a limit, kFeedDamaged and those of the store.
  [[nodiscard]] Result<PostPage> page(const UserId& follower, const TimelineQuery& query);

 private:
  class Source;
  [[nodiscard]] Result<std::vector<Source>> sources(const UserId& follower, const PlaceCursor& before) const;
  /// Whether entries of the feed stand where the reader may look, and not among messages.
  [[nodiscard]] Result<bool> is_open(const FeedId& feed);

  const storage::View& view_;
  const Sights& sights_;
  PostReader& posts_;
  std::map<FeedId, bool> open_{};
};

}  // namespace comity::community
