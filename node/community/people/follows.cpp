// SPDX-License-Identifier: EUPL-1.2
#include "node/community/people/follows.h"

#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {

Result<storage::Batch> follow_person(const storage::View& view, const Person& follower, const Person& who,
                                     WallTime now) {
  if (follower == who) return Error{Code::kFollowRule, "nobody follows themselves"};
  COMITY_TRY(const auto followed, followed_by(view, follower.user));
  WallTime since = now;
  bool there = false;
  for (const Followed& one : followed) {
    if (one.who != who) continue;
    there = true;
    since = one.since;
  }
  if (!there && followed.size() >= kMostFollowed) return Error{Code::kFollowRule, "at most 5000 people"};
  storage::Batch rows;
  const Bytes key = kFollows.key(follower.user, who.agency, who.user);
  feed::RowWriter row;
  row.number(millis(since));
  rows.put(key, std::move(row).finish(key));
  return rows;
}

Result<storage::Batch> unfollow_person(const storage::View& view, const Person& follower, const Person& who) {
  const Bytes key = kFollows.key(follower.user, who.agency, who.user);
  COMITY_TRY(const auto held, view.get(key));
  if (!held) return Error{Code::kFollowRule, "they are not followed"};
  storage::Batch rows;
  rows.erase(key);
  return rows;
}

Result<std::vector<Followed>> followed_by(const storage::View& view, const UserId& follower) {
  std::vector<Followed> out;
  Status status;
  COMITY_CHECK(view.walk(kFollows.range(follower), false, [&](ByteView key, ByteView value) {
    const auto place = kFollows.parse(key);
    auto row = feed::RowReader::open(kFollows.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    out.push_back({{std::get<1>(*place), std::get<2>(*place)}, from_millis(row->number<std::uint64_t>())});
    if (!row->done()) status = feed::damaged(kFollows.info(), key, "the layout is another one");
    return status.ok() && out.size() < kMostFollowed;
  }));
  COMITY_CHECK(status);
  return out;
}

Result<storage::Batch> follow_space(const storage::View& view, const UserId& follower, const SpaceId& space,
                                    WallTime now) {
  COMITY_TRY(const auto followed, spaces_followed_by(view, follower));
  WallTime since = now;
  bool there = false;
  for (const FollowedSpace& one : followed) {
    if (one.space != space) continue;
    there = true;
    since = one.since;
  }
  if (!there && followed.size() >= kMostSpacesFollowed)
    return Error{Code::kFollowRule, "at most 1000 spaces"};
  storage::Batch rows;
  const Bytes key = kSpaceFollows.key(follower, space);
  feed::RowWriter row;
  row.number(millis(since));
  rows.put(key, std::move(row).finish(key));
  return rows;
}

Result<storage::Batch> unfollow_space(const storage::View& view, const UserId& follower,
                                      const SpaceId& space) {
  const Bytes key = kSpaceFollows.key(follower, space);
  COMITY_TRY(const auto held, view.get(key));
  if (!held) return Error{Code::kFollowRule, "the space is not followed"};
  storage::Batch rows;
  rows.erase(key);
  return rows;
}

Result<std::vector<FollowedSpace>> spaces_followed_by(const storage::View& view, const UserId& follower) {
  std::vector<FollowedSpace> out;
  Status status;
  COMITY_CHECK(view.walk(kSpaceFollows.range(follower), false, [&](ByteView key, ByteView value) {
    const auto place = kSpaceFollows.parse(key);
    auto row = feed::RowReader::open(kSpaceFollows.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    out.push_back({std::get<1>(*place), from_millis(row->number<std::uint64_t>())});
    if (!row->done()) status = feed::damaged(kSpaceFollows.info(), key, "the layout is another one");
    return status.ok() && out.size() < kMostSpacesFollowed;
  }));
  COMITY_CHECK(status);
  return out;
}

}  // namespace comity::community
