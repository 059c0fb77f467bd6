// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/timeline.h"

#include <algorithm>
#include <limits>
#include <queue>

#include "node/community/people/follows.h"
#include "node/community/posts/timeline_rows.h"
#include "node/community/posts/timeline_table.h"
#include "node/community/tables.h"
#include "node/feed/feed_state.h"
#include "proto/bounds.h"

namespace comity::community {
namespace {

constexpr std::size_t kFirstRows = 8;
constexpr std::size_t kMostRows = 128;
// Rows of all that was written that are looked through before it is asked whether that leads anywhere.
constexpr std::size_t kScanned = 250;

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

/// Whom and what somebody follows, as far as it may be shown.
struct Timeline::Wanted {
  std::vector<Followed> people{};       ///< and themselves
  std::vector<FollowedSpace> spaces{};  ///< by id
  std::vector<Person> by_user{};        ///< the people by user, then agency

  [[nodiscard]] bool has(const SpaceId& space) const {
    const auto at = std::lower_bound(spaces.begin(), spaces.end(), space,
                                     [](const FollowedSpace& a, const SpaceId& b) { return a.space < b; });
    return at != spaces.end() && at->space == space;
  }
  [[nodiscard]] bool has_user(const UserId& user) const {
    const auto at = std::lower_bound(by_user.begin(), by_user.end(), user,
                                     [](const Person& a, const UserId& b) { return a.user < b; });
    return at != by_user.end() && at->user == user;
  }
  [[nodiscard]] bool has(const Person& person) const {
    return std::binary_search(by_user.begin(), by_user.end(), person, is_less);
  }
  static bool is_less(const Person& a, const Person& b) {
    return std::tie(a.user, a.agency) < std::tie(b.user, b.agency);
  }
};

/// A page that is being put together.
struct Timeline::Filling {
  PostPage page{};
  PlaceCursor before{};               ///< all that stands at or behind it has been looked at
  std::optional<PlaceCursor> last{};  ///< the place that was taken last
  std::size_t limit = 0;
  std::size_t looked = 0;
  std::size_t passed = 0;
  bool done = false;

  [[nodiscard]] bool full() const {
    return page.posts.size() == limit || looked == kMostLooked || passed == kMostPassed;
  }
};

Result<Timeline::Wanted> Timeline::wanted(const UserId& follower) const {
  Wanted out;
  COMITY_TRY(out.people, followed_by(view_, follower));
  COMITY_TRY(out.spaces, spaces_followed_by(view_, follower));
  std::erase_if(out.people, [&](const Followed& one) { return sights_.hidden(one.who.agency); });
  // Nobody needs to follow themselves, nor can.
  out.people.push_back({.who = {posts_.reader().person.agency, follower}});
  std::erase_if(out.spaces, [&](const FollowedSpace& one) { return !posts_.enter(one.space).ok(); });
  for (const Followed& one : out.people)
    out.by_user.push_back(one.who);
  std::sort(out.by_user.begin(), out.by_user.end(), Wanted::is_less);
  return out;
}

Result<std::vector<Timeline::Source>> Timeline::sources(const Wanted& wanted,
                                                        const PlaceCursor& before) const {
  std::vector<Bytes> keys;
  for (const Followed& one : wanted.people)
    keys.push_back(kAuthorNewest.key(one.who.agency, one.who.user));
  constexpr ContentType kTypes[] = {ContentType::kPost, ContentType::kUpdate};
  for (const FollowedSpace& one : wanted.spaces) {
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
  for (const Followed& one : wanted.people) {
    COMITY_CHECK(add(at++, kAuthorNewest.info(),
                     [&](const PlaceCursor& upper) { return Source::of_author(one.who, upper); }));
  }
  for (const FollowedSpace& one : wanted.spaces) {
    for (const ContentType type : kTypes) {
      COMITY_CHECK(add(at++, kSpaceNewest.info(),
                       [&](const PlaceCursor& upper) { return Source::of_space(one.space, type, upper); }));
    }
  }
  return out;
}

Result<const Timeline::Home*> Timeline::home(const FeedId& feed) {
  auto at = homes_.find(feed);
  if (at == homes_.end()) {
    COMITY_TRY(const auto state, feed::get_feed(view_, feed));
    const auto space = posts_.enter(state.space);
    const bool open =
        space.ok() && (*space)->kind != v1::SPACE_KIND_CIRCLE && !sights_.hidden(state.agency());
    at = homes_.emplace(feed, Home{state.agency(), open}).first;
  }
  return &at->second;
}

Result<bool> Timeline::is_open(const FeedId& feed) {
  COMITY_TRY(const Home* const known, home(feed));
  return known->open;
}

Result<AgencyId> Timeline::agency_of(const FeedId& feed) {
  COMITY_TRY(const Home* const known, home(feed));
  return known->agency;
}

Status Timeline::take(const PlaceCursor& place, Filling& page) {
  if (page.full()) {
    page.page.next = place_cursor_text(*page.last);
    page.done = true;
    return {};
  }
  page.last = place;
  COMITY_TRY(const bool open, is_open(place.feed));
  if (!open) {
    ++page.passed;
    return {};
  }
  ++page.looked;
  COMITY_TRY(auto view, posts_.at(place.feed, place.seq));
  if (view) page.page.posts.push_back(*std::move(view));
  return {};
}

Status Timeline::scan(const Wanted& wanted, std::size_t rows, Filling& page) {
  std::size_t all_seen = 0;
  std::size_t all_found = 0;
  while (rows > 0 && !page.done) {
    const std::size_t most = std::min(rows, kScanned);
    std::vector<TimelineRow> found;
    std::size_t seen = 0;
    Status status;
    const storage::Range all = kTimeline.range();
    const Bytes end = kTimeline.key(page.before.order, page.before.feed, page.before.seq);
    COMITY_CHECK(view_.walk({all.begin, end}, true, [&](ByteView key, ByteView value) {
      auto row = decode_timeline_row(key, value);
      if (!row.ok()) {
        status = row.error();
        return false;
      }
      ++seen;
      page.before = {row->order, row->feed, row->seq};
      if (wanted.has(row->space) || wanted.has_user(row->user)) found.push_back(*row);
      // One more than the page holds says whether there is another page.
      return seen < most && page.page.posts.size() + found.size() <= page.limit;
    }));
    COMITY_CHECK(status);
    for (std::size_t i = 0; i < found.size() && !page.done; ++i) {
      const TimelineRow& row = found[i];
      if (!wanted.has(row.space)) {
        // Ids of people are their agency's own: another's may be the same.
        COMITY_TRY(const AgencyId agency, agency_of(row.feed));
        if (!wanted.has(Person{agency, row.user})) continue;
      }
      COMITY_CHECK(take({row.order, row.feed, row.seq}, page));
    }
    if (seen == 0) return {};
    rows -= seen;
    all_seen += seen;
    all_found += found.size();
    // As thinly sown as so far, what is missing would not be found in the rows that are left.
    if ((page.limit - page.page.posts.size()) * all_seen > rows * all_found) return {};
  }
  return {};
}

Status Timeline::merge(const Wanted& wanted, Filling& page) {
  const PlaceCursor before = page.before;
  COMITY_TRY(auto all, sources(wanted, before));
  const auto older = [&](std::size_t a, std::size_t b) { return is_before(all[a].top(), all[b].top()); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(older)> newest(older);
  for (std::size_t i = 0; i < all.size(); ++i)
    newest.push(i);
  while (!newest.empty() && !page.done) {
    const std::size_t at = newest.top();
    Source& source = all[at];
    newest.pop();
    if (!source.exact()) {
      COMITY_TRY(const bool more, source.read(view_, before));
      if (more) newest.push(at);
      continue;
    }
    const PlaceCursor place = source.top();
    source.take();
    newest.push(at);
    // Of a person in a space, both followed.
    if (page.last && *page.last == place) continue;
    COMITY_CHECK(take(place, page));
  }
  return {};
}

Result<PostPage> Timeline::page(const UserId& follower, const TimelineQuery& query) {
  if (query.limit == 0 || query.limit > proto::bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  Filling page{.before = end_of_time(), .limit = query.limit};
  if (!query.after.empty()) {
    COMITY_TRY(page.before, parse_place_cursor(query.after));
  }
  COMITY_TRY(const Wanted all, wanted(follower));
  if (all.people.size() + all.spaces.size() > query.few) COMITY_CHECK(scan(all, query.scanned, page));
  if (!page.done) COMITY_CHECK(merge(all, page));
  return std::move(page.page);
}

}  // namespace comity::community
