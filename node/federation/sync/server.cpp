// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/server.h"

#include <fmt/format.h>

#include "node/federation/sync/tables.h"
#include "node/feed/reader.h"
#include "node/feed/row.h"
#include "proto/bounds.h"
#include "proto/decode.h"
#include "proto/mutation.h"

namespace comity::federation {
namespace {

namespace bounds = proto::bounds;

// What a batch holds besides its entries, and the message around it.
constexpr std::size_t kBatchFrame = 128;
constexpr std::size_t kEntryMost = bounds::kHeaderBytes + bounds::kSealedBodyBytes + kBatchFrame;

// A run may not be cut: what does not fit in it is left out together with what its signature covers.
void cut_after(std::vector<v1::Entry>& entries, Seq first, Seq last) {
  const std::uint64_t most = raw(last) - raw(first) + 1;
  if (entries.size() > most) entries.resize(static_cast<std::size_t>(most));
  while (!entries.empty() && entries.back().sig().empty())
    entries.pop_back();
}

// Whoever took the headers from us would count as having the entries, and never ask the author for the
// bodies: what lies in quarantine here is to be had from others. Its author lacks no body. False: nothing is
// left.
Result<bool> cut_before_quarantine(const feed::FeedReader& reader, const FeedId& feed, Seq first,
                                   std::vector<v1::Entry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].withheld() != v1::WITHHELD_NOT_HELD) continue;
    COMITY_TRY(const auto row, reader.withheld(feed, Seq{raw(first) + i}));
    if (!feed::is_quarantine(row.why)) continue;
    if (i == 0) return false;
    cut_after(entries, first, Seq{raw(first) + i - 1});
    return !entries.empty();
  }
  return true;
}

}  // namespace

void Server::refuse(const FeedId& feed, v1::Reason reason) {
  v1::Wire wire;
  wire.mutable_refusal()->set_feed(feed::field(feed.view()));
  wire.mutable_refusal()->set_reason(reason);
  // Whoever asks faster than it listens does without an answer.
  (void)setup_.outlet.send(v1::LANE_CONTROL, wire);
}

Status Server::want(const v1::Want& want) {
  COMITY_TRY(const auto feed, FeedId::from(proto::as_bytes(want.feed())));
  if (want.stop()) {
    subs_.erase(feed);
    ready_.erase(feed);
    return {};
  }
  if (want.lane() != v1::LANE_LIVE && want.lane() != v1::LANE_BACKFILL) {
    return Error{Code::kWantRule, fmt::format("lane {}", static_cast<int>(want.lane()))};
  }
  if (want.to() != 0 && want.to() < want.from()) return Error{Code::kWantRule, "it ends before it begins"};
  const BookFeed* const known = setup_.book.find(feed);
  const auto row = known == nullptr ? std::nullopt : known->row_for(setup_.peer);
  if (!row) {
    refuse(feed, v1::REASON_NOT_AVAILABLE);
    return {};
  }
  const auto extent = entitled(known->state, known->audiences, setup_.peer);
  Subscription sub{.next = Seq{want.from()},
                   .to = want.to() == 0 ? kNoEnd : Seq{want.to()},
                   .old = known->state.end.seq,
                   .lane = want.lane(),
                   .live = want.live(),
                   .headers_only = want.headers_only()};
  if (sub.next < extent->from) {
    // Whoever holds nothing begins where it may; whoever holds something cannot skip over what it may not
    // have.
    if (sub.next != Seq{1}) {
      refuse(feed, v1::REASON_NOT_AVAILABLE);
      return {};
    }
    sub.next = extent->from;
    sub.introduce = true;
  }
  if (sub.next < known->have_from) {
    refuse(feed, v1::REASON_NOT_AVAILABLE);
    return {};
  }
  subs_.insert_or_assign(feed, sub);
  ready_.insert(feed);
  return {};
}

void Server::changed(const FeedId& feed) {
  if (COMITY_MUTATION("push")) return;
  if (subs_.contains(feed)) ready_.insert(feed);
}

void Server::holds(const FeedId& feed, Seq seq) {
  const auto at = subs_.find(feed);
  if (at == subs_.end() || at->second.next > seq) return;
  at->second.next = feed::next(seq);
  at->second.introduce = false;
}

bool Server::follows(const FeedId& feed) const {
  const auto at = subs_.find(feed);
  return at != subs_.end() && at->second.live && at->second.to == kNoEnd;
}

bool Server::has_room(v1::Lane lane) const {
  const LaneRoom room = setup_.outlet.credit(lane);
  // For the largest run: else a peer that permits little and asks often would have it read again and again.
  return room.entries >= bounds::kRunEntries && room.bytes >= kRoomForRun &&
         setup_.outlet.backlog(lane) < kMostBacklog;
}

bool Server::send(v1::Lane lane, v1::EntryBatch batch) {
  const LaneRoom room = setup_.outlet.credit(lane);
  const auto entries = static_cast<std::uint32_t>(batch.entry_size());
  v1::Wire wire;
  *wire.mutable_batch() = std::move(batch);
  const std::size_t bytes = wire.ByteSizeLong();
  if (entries > room.entries || bytes > room.bytes) return false;
  if (!setup_.outlet.send(lane, wire).ok()) return false;
  if (lane == v1::LANE_BACKFILL) backfilled_ += bytes;
  return true;
}

v1::Lane Server::lane_for(Subscription& sub) const {
  if (sub.next <= sub.old) return sub.lane;
  const std::uint64_t waiting = setup_.outlet.backlog(v1::LANE_BACKFILL);
  if (sub.backfill_end + waiting > backfilled_ && sub.backfill_end != 0 && waiting != 0) {
    return v1::LANE_BACKFILL;
  }
  sub.backfill_end = 0;
  return v1::LANE_LIVE;
}

void Server::pump(WallTime now) {
  if (ready_.empty()) return;
  if (!has_room(v1::LANE_LIVE) && !has_room(v1::LANE_BACKFILL)) return;
  const auto view = setup_.store.snapshot();
  if (!view.ok()) return;
  // One batch of each feed in turn, until a whole round moves nothing.
  for (bool moved = true; moved && !ready_.empty();) {
    moved = false;
    std::vector<FeedId> round(ready_.upper_bound(last_), ready_.end());
    round.insert(round.end(), ready_.begin(), ready_.upper_bound(last_));
    for (const FeedId& feed : round) {
      const auto at = subs_.find(feed);
      const Step step = at == subs_.end() ? Step::kDone : serve(**view, feed, at->second, now);
      if (step == Step::kBlocked) continue;
      moved = true;
      last_ = feed;
      if (step == Step::kMore) continue;
      ready_.erase(feed);
      if (at != subs_.end() && !at->second.live) subs_.erase(at);
    }
  }
}

Server::Step Server::introduce(const storage::View& view, const BookFeed& known, Subscription& sub) {
  const FeedId& feed = known.state.feed();
  v1::EntryBatch batch;
  batch.set_feed(feed::field(feed.view()));
  if (known.have_from == Seq{1}) {
    const feed::FeedReader reader(view, setup_.storage_key);
    const auto open = reader.header(feed, Seq{1});
    const auto body = open.ok() ? reader.chain_body(open->header) : Result<Bytes>(open.error());
    if (!body.ok()) {
      if (setup_.failed) setup_.failed(feed, body.error());
      refuse(feed, v1::REASON_NOT_AVAILABLE);
      return Step::kDone;
    }
    batch.add_entry()->set_header(feed::field(open->bytes));
    batch.mutable_entry(0)->set_body(feed::field(*body));
  } else {
    const Bytes key = kFeedOpens.key(feed);
    const auto read = [&]() -> Result<v1::Entry> {
      COMITY_TRY(const auto value, view.get(key));
      if (!value) return Error{Code::kEntryUnknown, "FEED_OPEN"};
      COMITY_TRY(auto row, feed::RowReader::open(kFeedOpens.info(), key, *value));
      return proto::decode<v1::Entry>(row.rest(), kEntryMost);
    };
    const auto entry = read();
    if (!entry.ok()) {
      refuse(feed, v1::REASON_NOT_AVAILABLE);
      return Step::kDone;
    }
    *batch.add_entry() = *entry;
  }
  if (!send(sub.lane, std::move(batch))) return Step::kBlocked;
  sub.introduce = false;
  return Step::kMore;
}

Server::Step Server::serve(const storage::View& view, const FeedId& feed, Subscription& sub, WallTime now) {
  const auto refreshed = setup_.book.refresh(view, feed);
  if (!refreshed.ok()) {
    if (setup_.failed) setup_.failed(feed, refreshed.error());
    sub.live = false;
    return Step::kDone;
  }
  const BookFeed& known = **refreshed;
  const auto extent = entitled(known.state, known.audiences, setup_.peer);
  const Seq last = extent ? std::min(extent->to, sub.to) : Seq{0};
  if (sub.next > last) {
    sub.live = false;
    return Step::kDone;
  }
  const Seq head = known.state.end.seq;
  if (sub.next > head) {
    if (!sub.told && setup_.caught_up) setup_.caught_up(feed);
    sub.told = true;
    return Step::kDone;
  }
  const v1::Lane lane = lane_for(sub);
  if (!has_room(lane)) return Step::kBlocked;
  if (sub.introduce) {
    const Step step = introduce(view, known, sub);
    if (step == Step::kDone) sub.live = false;
    return step;
  }
  const LaneRoom room = setup_.outlet.credit(lane);
  const auto most_entries = std::min<std::size_t>(bounds::kBatchEntries, room.entries);
  const auto most_bytes = std::min<std::uint64_t>(bounds::kBatchBytes, room.bytes) - kBatchFrame;
  const feed::FeedReader reader(view, setup_.storage_key, setup_.recent);
  auto entries = reader.wire(feed, sub.next, most_entries, most_bytes, now);
  if (!entries.ok()) {
    if (setup_.failed) setup_.failed(feed, entries.error());
    refuse(feed, v1::REASON_STORE);
    sub.live = false;
    return Step::kDone;
  }
  if (setup_.peer != known.state.agency()) {
    const auto left = cut_before_quarantine(reader, feed, sub.next, *entries);
    if (!left.ok() || !*left) {
      if (!left.ok() && setup_.failed) setup_.failed(feed, left.error());
      refuse(feed, left.ok() ? v1::REASON_NOT_AVAILABLE : v1::REASON_STORE);
      sub.live = false;
      return Step::kDone;
    }
  }
  cut_after(*entries, sub.next, extent->to);
  if (entries->empty()) {
    sub.live = false;
    return Step::kDone;
  }
  v1::EntryBatch batch;
  batch.set_feed(feed::field(feed.view()));
  const Seq after{raw(sub.next) + entries->size()};
  for (v1::Entry& entry : *entries) {
    if (sub.headers_only) {
      entry.clear_body();
      entry.clear_withheld();
    }
    *batch.add_entry() = std::move(entry);
  }
  batch.set_caught_up(after > std::min(head, last));
  if (!send(lane, std::move(batch))) return Step::kBlocked;
  sub.next = after;
  if (lane == v1::LANE_BACKFILL) sub.backfill_end = backfilled_;
  return Step::kMore;
}

}  // namespace comity::federation
