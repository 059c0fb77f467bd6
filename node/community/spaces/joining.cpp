// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/guarded.h"
#include "node/community/spaces/spaces.h"
#include "node/community/text.h"
#include "node/feed/incarnation.h"
#include "proto/decode.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

constexpr std::size_t kUnitBytes = 256;

// A feed of ours in the space that goes on: one whose joining was cut short.
Result<FeedId> open_feed_of(const storage::View& view, const SpaceId& space) {
  FeedId found;
  COMITY_CHECK(feed::each_feed(view, [&](const feed::FeedState& feed) {
    if (feed.own && feed.space == space && !feed.end.closed && !feed.frozen) found = feed.feed();
    return true;
  }));
  return found;
}

}  // namespace

Result<Space*> Spaces::joined(const SpaceId& id) {
  Space* space = find_mutable(id);
  if (space == nullptr) return Error{Code::kSpaceUnknown, {}};
  if (space->membership.standing != Standing::kJoined) return Error{Code::kSpaceNotJoined, {}};
  return space;
}

void Spaces::join(const SpaceId& id, Done done) {
  const Space* space = find(id);
  if (space == nullptr) return answer(done, Error{Code::kSpaceUnknown, {}});
  if (space->membership.standing == Standing::kJoined) return answer(done, {});
  if (!space->lists(setup_.self)) return answer(done, Error{Code::kSpaceNotOffered, {}});
  if (!joining_.insert(id).second) return answer(done, {});
  open_feed(id, v1::FEED_OPEN_REASON_FIRST, [this, id, done = std::move(done)](const Status& status) {
    joining_.erase(id);
    answer(done, status);
  });
}

void Spaces::read_only(const SpaceId& id, Done done) {
  storage::Batch rows;
  put_membership(
      rows, id,
      {.standing = Standing::kJoined, .since = setup_.now(), .readers = spaces_.at(id).membership.readers});
  commit(std::move(rows), [this, id, done = std::move(done)](const Status& status) {
    if (!status.ok()) return answer(done, status);
    const auto now = setup_.store.snapshot();
    answer(done, now.ok() ? reload(**now, id) : Status(now.error()));
  });
}

void Spaces::open_feed(const SpaceId& id, v1::FeedOpenReason reason, Done done) {
  const Space& space = spaces_.at(id);
  // Who only reads in it tells nobody there that it does: no feed of ours.
  if (space.directory() && space.steward() != setup_.self) return read_only(id, std::move(done));
  const auto view = setup_.store.snapshot();
  if (!view.ok()) return answer(done, view.error());
  const auto left =
      reason == v1::FEED_OPEN_REASON_FIRST ? open_feed_of(**view, id) : Result<FeedId>(FeedId());
  const auto earlier = feed::earlier_heads(**view, id);
  if (!left.ok()) return answer(done, left.error());
  if (!earlier.ok()) return answer(done, earlier.error());

  const auto opened = [this, id, rule = space.membership.readers, done](const Result<FeedId>& feed) {
    if (!feed.ok()) return answer(done, feed.error());
    storage::Batch rows;
    put_membership(rows, id, {Standing::kJoined, setup_.now(), *feed, rule});
    commit(std::move(rows), [this, id, feed = *feed, done](const Status& status) {
      if (!status.ok()) return answer(done, status);
      places_[feed] = {id, setup_.self};
      const auto now = setup_.store.snapshot();
      const Status loaded = now.ok() ? reload(**now, id) : Status(now.error());
      if (!loaded.ok()) return answer(done, loaded);
      reconcile(
          id, done ? done : [](const Status&) {});
    });
  };
  if (!left->is_zero()) return opened(*left);
  const auto stored = [opened](const Result<feed::Appended>& result) {
    if (result.ok()) return opened(result->feed);
    opened(result.error());
  };
  const auto feed = setup_.writer.open({.space = id,
                                        .inside = space.inside(),
                                        .ceiling = space.manifest.ceiling,
                                        .reason = reason,
                                        .earlier = *earlier},
                                       guarded(self_, stored));
  if (!feed.ok()) answer(done, feed.error());
}

void Spaces::reopen(const SpaceId& id, v1::FeedOpenReason reason, Done done) {
  const auto space = joined(id);
  if (!space.ok()) return answer(done, space.error());
  open_feed(id, reason, std::move(done));
}

void Spaces::leave(const SpaceId& id, Done done) {
  const auto space = joined(id);
  if (!space.ok()) return answer(done, space.error());
  if ((*space)->steward() == setup_.self)
    return answer(done, Error{Code::kSpaceKindRule, "its steward cannot leave it"});
  Membership membership = (*space)->membership;
  membership.standing = Standing::kLeft;
  membership.since = setup_.now();
  if (membership.feed.is_zero()) {
    storage::Batch rows;
    put_membership(rows, id, membership);
    return commit(std::move(rows), [this, id, membership, done = std::move(done)](const Status& status) {
      if (Space* left = find_mutable(id); status.ok() && left != nullptr) left->membership = membership;
      sights_.reset();
      answer(done, status);
    });
  }
  const auto stored = [this, id, membership, done = std::move(done)](const Result<feed::Appended>& result) {
    if (!result.ok()) return answer(done, result.error());
    if (Space* left = find_mutable(id)) left->membership = membership;
    sights_.reset();
    answer(done, {});
  };
  feed::Draft draft =
      feed::clear_draft(v1::KIND_FEED_CLOSE, proto::encode(v1::FeedClose()), guarded(self_, stored));
  draft.join = [id, membership](storage::Batch& rows, const feed::Appended&) {
    put_membership(rows, id, membership);
  };
  setup_.writer.append(membership.feed, std::move(draft));
}

void Spaces::change_readers(const SpaceId& id, v1::ReaderRule rule, storage::Batch rows, Done done) {
  const auto space = joined(id);
  if (!space.ok()) return answer(done, space.error());
  Membership membership = (*space)->membership;
  membership.readers = rule;
  put_membership(rows, id, membership);
  commit(std::move(rows), [this, id, done = std::move(done)](const Status& status) {
    if (!status.ok()) return answer(done, status);
    const auto view = setup_.store.snapshot();
    const Status loaded = view.ok() ? reload(**view, id) : Status(view.error());
    if (!loaded.ok()) return answer(done, loaded);
    reconcile(
        id, done ? done : [](const Status&) {});
  });
}

void Spaces::open_readers(const SpaceId& id, Done done) {
  change_readers(id, v1::READER_RULE_OPEN, {}, std::move(done));
}

void Spaces::add_reader(const SpaceId& id, const ReaderName& who, Done done) {
  const bool fine = !who.user.is_zero() || (!who.unit.empty() && who.unit.size() <= kUnitBytes &&
                                            proto::is_plain_line(proto::as_bytes(who.unit)));
  if (!fine) return answer(done, Error{Code::kTextRule, "a unit is one plain line of at most 256 bytes"});
  storage::Batch rows;
  put_reader(rows, id, who);
  change_readers(id, v1::READER_RULE_LISTED, std::move(rows), std::move(done));
}

void Spaces::remove_reader(const SpaceId& id, const ReaderName& who, Done done) {
  const Space* space = find(id);
  storage::Batch rows;
  erase_reader(rows, id, who);
  const auto rule = space != nullptr ? space->membership.readers : v1::READER_RULE_OPEN;
  change_readers(id, rule, std::move(rows), std::move(done));
}

}  // namespace comity::community
