// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/timeline.h"

#include <algorithm>
#include <limits>
#include <queue>

#include "node/community/people/follows.h"
#include "node/community/posts/timeline_rows.h"
#include "node/community/tables.h"
#include "node/feed/feed_state.h"
#include "proto/bounds.h"

namespace comity::community {
namespace {

constexpr std::size_t kFirstRows = 8;
constexpr std::size_t kMostRows = 128;

// A place behind every other.
const PlaceCursor& end_of_time() {
  static const PlaceCursor end{Hlc{std::numeric_limits<std::uint64_t>::max()}, FeedId(),
                               Seq{std::numeric_limits<std::uint64_t>::max()}};
  return end;
}

bool is_before(const PlaceCursor& a, const PlaceCursor& b) {
  return std::tuple(a.order, a.feed, a.seq) < std::tuple(b.order, b.feed, b.seq);
}

}  // namespace

/// The rows of one person, or of one kind in one space, newest first, read in growing pieces.
class Timeline::Source {
 public:
  /// All rows of `range` lie before `upper`, whose clock alone may be known.
  static Source of_author(const Person& author, const PlaceCursor& upper) {
    Source out(upper);
    out.author_ = author;
    return out;
  }
  static Source of_space(const SpaceId& space, ContentType type, const PlaceCursor& upper) {
    Source out(upper);
    out.space_ = space;
    out.type_ = static_cast<std::uint8_t>(type);
    return out;
  }

  /// The newest place that may come next; exact once the source is open.
  [[nodiscard]] const PlaceCursor& top() const noexcept { return rows_.empty() ? upper_ : rows_.front(); }
  [[nodiscard]] bool exact() const noexcept { return !rows_.empty(); }

  /// Reads on below the last row that was taken, or below `before` at first. False: there is nothing left.
  Result<bool> read(const storage::View& view, const PlaceCursor& before) {
    if (!begun_) {
      begun_ = true;
      below_ = before;
    }
    const Status walked =
        type_ == 0 ? walk(view, kByAuthor, kByAuthor.range(author_.agency, author_.user),
                          kByAuthor.key(author_.agency, author_.user, below_.order, below_.feed, below_.seq))
                   : walk(view, kTopics, kTopics.range(space_, type_),
                          kTopics.key(space_, type_, below_.order, below_.feed, below_.seq));
    COMITY_CHECK(walked);
    want_ = std::min(2 * want_, kMostRows);
    return !rows_.empty();
  }
  void take() {
    below_ = rows_.front();
    upper_ = below_;
    rows_.erase(rows_.begin());
  }

 private:
  explicit Source(const PlaceCursor& upper) : upper_(upper) {}

  template <class Table>
  Status walk(const storage::View& view, const Table& table, storage::Range range, Bytes end) {
    range.end = std::move(end);
    return view.walk(range, true, [&](ByteView key, ByteView) {
      if (const auto place = table.parse(key); place.ok()) {
        constexpr std::size_t kAt = 2;
        rows_.push_back({std::get<kAt>(*place), std::get<kAt + 1>(*place), std::get<kAt + 2>(*place)});
      }
      return rows_.size() < want_;
    });
  }

  PlaceCursor upper_;
  Person author_{};
  SpaceId space_{};
  std::uint8_t type_ = 0;  ///< of a space; 0: a person's
  bool begun_ = false;
  PlaceCursor below_{};
  std::vector<PlaceCursor> rows_{};
  std::size_t want_ = kFirstRows;
};

Result<std::vector<Timeline::Source>> Timeline::sources(const UserId& follower,
                                                        const PlaceCursor& before) const {
  COMITY_TRY(auto people, followed_by(view_, follower));
  COMITY_TRY(auto spaces, spaces_followed_by(view_, follower));
  std::erase_if(people, [&](const Followed& one) { return sights_.hidden(one.who.agency); });
  // Nobody needs to follow themselves, nor can.
  people.push_back({.who = {posts_.reader().person.agency, follower}});
  std::erase_if(spaces, [&](const FollowedSpace& one) { return !posts_.enter(one.space).ok(); });
  std::vector<Bytes> keys;
  for (const Followed& one : people)
    keys.push_back(kAuthorNewest.key(one.who.agency, one.who.user));
  constexpr ContentType kTypes[] = {ContentType::kPost, ContentType::kUpdate};
  for (const FollowedSpace& one : spaces) {
    for (const ContentType type : kTypes)
      keys.push_back(kSpaceNewest.key(one.space, static_cast<std::uint8_t>(type)));
  }
  COMITY_TRY(const auto values, view_.get_all(keys));
  std::vector<Source> out;
  const auto add = [&](std::size_t at, const storage::TableInfo& table, const auto& make) -> Status {
    if (!values[at]) return {};
    COMITY_TRY(const Hlc newest, decode_newest(table, keys[at], values[at]));
    // The newest row may have any feed and seq at that clock.
    PlaceCursor upper = end_of_time();
    if (raw(newest) < raw(upper.order)) upper.order = Hlc{raw(newest) + 1};
    upper.feed = FeedId();
    upper.seq = Seq{0};
    out.push_back(make(is_before(upper, before) ? upper : before));
    return {};
  };
  std::size_t at = 0;
  for (const Followed& one : people) {
    COMITY_CHECK(add(at++, kAuthorNewest.info(),
                     [&](const PlaceCursor& upper) { return Source::of_author(one.who, upper); }));
  }
  for (const FollowedSpace& one : spaces) {
    for (const ContentType type : kTypes) {
      COMITY_CHECK(add(at++, kSpaceNewest.info(),
                       [&](const PlaceCursor& upper) { return Source::of_space(one.space, type, upper); }));
    }
  }
  return out;
}

Result<bool> Timeline::is_open(const FeedId& feed) {
  const auto known = open_.find(feed);
  if (known != open_.end()) return known->second;
  COMITY_TRY(const auto state, feed::get_feed(view_, feed));
  const auto space = posts_.enter(state.space);
  const bool open = space.ok() && (*space)->kind != v1::SPACE_KIND_CIRCLE && !sights_.hidden(state.agency());
  open_[feed] = open;
  return open;
}

Result<PostPage> Timeline::page(const UserId& follower, const TimelineQuery& query) {
  if (query.limit == 0 || query.limit > proto::bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  PlaceCursor before = end_of_time();
  if (!query.after.empty()) {
    COMITY_TRY(before, parse_place_cursor(query.after));
  }
  COMITY_TRY(auto all, sources(follower, before));
  const auto older = [&](std::size_t a, std::size_t b) { return is_before(all[a].top(), all[b].top()); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(older)> newest(older);
  for (std::size_t i = 0; i < all.size(); ++i)
    newest.push(i);

  PostPage page;
  std::optional<PlaceCursor> last;
  std::size_t looked = 0;
  std::size_t passed = 0;
  while (!newest.empty()) {
    const std::size_t at = newest.top();
    Source& source = all[at];
    if (!source.exact()) {
      newest.pop();
      COMITY_TRY(const bool more, source.read(view_, before));
      if (more) newest.push(at);
      continue;
    }
    const PlaceCursor place = source.top();
    const bool again = last && *last == place;
    const bool full = page.posts.size() == query.limit || looked == kMostLooked || passed == kMostPassed;
    if (!again && full) {
      page.next = place_cursor_text(*last);
      break;
    }
    newest.pop();
    source.take();
    newest.push(at);
    if (again) continue;
    last = place;
    COMITY_TRY(const bool open, is_open(place.feed));
    if (!open) {
      ++passed;
      continue;
    }
    ++looked;
    COMITY_TRY(auto view, posts_.at(place.feed, place.seq));
    if (view) page.posts.push_back(*std::move(view));
  }
  return page;
}

}  // namespace comity::community
