// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/community/posts/cursor.h"
#include "node/community/posts/post_reader.h"

namespace comity::community {

struct TimelineQuery {
  /// Rows of all that was written that a page looks through before it goes by whom somebody follows.
  static constexpr std::size_t kMostScanned = 2000;
  /// Who follows no more than these is served by the indexes of each at once.
  static constexpr std::size_t kFewFollowed = 8;

  std::string after{};  ///< PostPage::next
  std::size_t limit = 50;
  std::size_t scanned = kMostScanned;
  std::size_t few = kFewFollowed;
};

/// What somebody follows and what they write themselves, brought together: the updates and new discussions of
/// people and of spaces, newest first, each once. Who follows a good part of what is written finds a page in
/// the newest rows of all of it, side by side, and looks through a bounded number of them. What that does not
/// fill comes from a merge over one index per person and per space, of which only those are opened that have
/// something to show. One thread at a time; everything outlives it.
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
  struct Wanted;
  struct Filling;
  [[nodiscard]] Result<Wanted> wanted(const UserId& follower) const;
  [[nodiscard]] Result<std::vector<Source>> sources(const Wanted& wanted, const PlaceCursor& before) const;
  /// The rows of kTimeline below `page.before`, `rows` of them at most.
  [[nodiscard]] Status scan(const Wanted& wanted, std::size_t rows, Filling& page);
  [[nodiscard]] Status merge(const Wanted& wanted, Filling& page);
  /// Puts what stands there onto the page, or notes that there is more than the page holds.
  [[nodiscard]] Status take(const PlaceCursor& place, Filling& page);
  /// Whether entries of the feed stand where the reader may look, and not among messages.
  [[nodiscard]] Result<bool> is_open(const FeedId& feed);
  [[nodiscard]] Result<AgencyId> agency_of(const FeedId& feed);

  const storage::View& view_;
  const Sights& sights_;
  PostReader& posts_;
  struct Home {
    AgencyId agency;
    bool open = false;
  };
  [[nodiscard]] Result<const Home*> home(const FeedId& feed);
  std::map<FeedId, Home> homes_{};
};

}  // namespace comity::community
