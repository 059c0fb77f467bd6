// SPDX-License-Identifier: EUPL-1.2
// Batches that come in, and what becomes of them.
#include <fmt/format.h>

#include "node/federation/sync/sync.h"
#include "node/federation/sync/tables.h"
#include "node/feed/fork_proofs.h"
#include "node/feed/row.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::federation {
namespace {

namespace bounds = proto::bounds;

// The message around a batch.
constexpr std::size_t kMessageFrame = 64;

// What a newer version of the protocol may send through an honest hand.
bool is_newer(Code code) {
  return code == Code::kFeedVersion || code == Code::kUnknownCriticalField;
}

}  // namespace

void Sync::give_back(Link* link, v1::Lane lane, std::uint32_t entries, std::uint64_t bytes) {
  if (link == nullptr) return;
  LaneRoom& owed = link->owed[lane];
  owed.entries += entries;
  owed.bytes += bytes;
  if (intake_.bytes() > kMostIntake) return;
  const LaneRoom now = std::exchange(owed, LaneRoom{});
  if (now.bytes > 0) link->outlet.grant(lane, now.entries, now.bytes);
}

Status Sync::take_batch(Link& link, v1::Lane lane, v1::EntryBatch&& batch, std::size_t bytes) {
  if (lane != v1::LANE_LIVE && lane != v1::LANE_BACKFILL) {
    return Error{Code::kSessionOrder, "entries on the control lane"};
  }
  if (bytes > bounds::kBatchBytes + kMessageFrame) {
    return Error{Code::kMessageTooLong, fmt::format("a batch of {} bytes", bytes)};
  }
  COMITY_TRY(const auto feed, FeedId::from(proto::as_bytes(batch.feed())));
  if (!link.asked.contains(feed)) return Error{Code::kBatchUnasked, feed.hex()};
  const auto entries = static_cast<std::uint32_t>(batch.entry_size());
  const auto at = pursuits_.find(feed);
  // Somebody else is asked by now: these were on their way.
  if (entries == 0 || at == pursuits_.end() || at->second.link != link.serial) {
    give_back(&link, lane, entries, bytes);
    return {};
  }
  Pursuit& pursuit = at->second;
  const auto first = feed::read_header(proto::as_bytes(batch.entry(0).header()));
  if (!first.ok() && !is_newer(first.error().code)) return first.error();
  if (first.ok() && first->feed != feed) return Error{Code::kFeedBadHeader, "entries of another feed"};
  if (!first.ok()) {
    give_back(&link, lane, entries, bytes);
    setup_.events.not_taken(link.peer, feed, first.error());
    link.refused[feed] = WallTime::max();
    stop(feed, pursuit);
    consider(feed);
    return {};
  }

  const BookFeed* const known = book_.find(feed);
  if (known != nullptr && !known->is_followed()) {
    give_back(&link, lane, entries, bytes);
    stop(feed, pursuit);
    return take_own_evidence(link, *known, batch);
  }
  if (known != nullptr) {
    pursuit.learned = true;
    pursuit.author = known->state.agency();
    pursuit.space = known->state.space;
  }
  if (!pursuit.learned && first->seq != Seq{1}) {
    give_back(&link, lane, entries, bytes);
    if (pursuit.discarding && ++pursuit.strays <= kMostStray) return {};
    return miss(link, feed, pursuit);
  }
  if (!pursuit.learned) {
    const Status learned = learn(link, pursuit, feed, batch.entry(0));
    if (!learned.ok() || !pursuit.learned) {
      give_back(&link, lane, entries, bytes);
      return learned;
    }
  }
  const bool alone = first->seq == Seq{1} && entries == 1 && batch.entry(0).sig().empty();
  if (alone) {
    give_back(&link, lane, entries, bytes);
    if (known != nullptr || pursuit.expected != Seq{1}) return {};
    pursuit.introduced = true;
    storage::Batch row;
    const Bytes key = kFeedOpens.key(feed);
    row.put(key, std::move(feed::RowWriter().bytes(proto::encode(batch.entry(0)))).finish(key));
    setup_.store.submit(std::move(row), storage::Durability::kBuffered, [](const auto&) {});
    return {};
  }
  return take_known(link, pursuit,
                    Received{.sender = link.peer,
                             .link = link.serial,
                             .lane = lane,
                             .bytes = bytes,
                             .feed = feed,
                             .batch = std::move(batch)},
                    first->seq);
}

Status Sync::take_known(Link& link, Pursuit& pursuit, Received received, Seq first) {
  const FeedId feed = received.feed;
  const auto entries = static_cast<std::uint32_t>(received.batch.entry_size());
  const bool begins = pursuit.introduced && pursuit.expected == Seq{1} && book_.find(feed) == nullptr;
  if (begins) {
    pursuit.first = first;
  } else if (first > pursuit.expected) {
    give_back(&link, received.lane, entries, received.bytes);
    if (pursuit.discarding && ++pursuit.strays <= kMostStray) return {};
    return miss(link, feed, pursuit);
  }
  pursuit.discarding = false;
  const auto answer = admit(pursuit.author, pursuit.space);
  if (!answer.allowed) {
    give_back(&link, received.lane, entries, received.bytes);
    refuse(link, feed, v1::REASON_SPACE_NOT_SHARED);
    link.refused[feed] = WallTime::max();
    stop(feed, pursuit);
    setup_.events.not_taken(link.peer, feed, {Code::kSpaceNotAllowed, feed.hex()});
    return {};
  }
  received.ceiling = answer.ceiling;
  received.first = pursuit.first;
  received.history_to = pursuit.claimed;
  const bool own = pursuit.author == setup_.self;
  const bool fits = own || fit_quota(link, pursuit, received, first);
  const auto taken = static_cast<std::uint32_t>(received.batch.entry_size());
  pursuit.expected = std::max(pursuit.expected, Seq{raw(first) + taken});
  if (!fits) end_for_today(link, feed, pursuit, "entries or bytes of a day");
  if (taken == 0) {
    give_back(&link, received.lane, received.cut, received.bytes);
  } else {
    intake_.take(std::move(received));
  }
  return {};
}

// What we wrote ourselves is ours to have back, whatever its space has come to.
SpaceDoor::Answer Sync::admit(const AgencyId& author, const SpaceId& space) const {
  if (author == setup_.self) return {.allowed = true, .ceiling = {.tlp = v1::TLP_RED}};
  return setup_.door.admit(author, space);
}

void Sync::end_for_today(Link& link, const FeedId& feed, Pursuit& pursuit, std::string what) {
  const auto wait = Quotas::until_turn(setup_.now());
  refuse(link, feed, v1::REASON_QUOTA, static_cast<std::uint32_t>(wait.count()));
  stop(feed, pursuit);
  setup_.events.not_taken(link.peer, feed, {Code::kQuotaUsed, std::move(what)});
}

// Counts what is new of the batch against whoever brings and whoever wrote it, and cuts off the runs that
// exceed a quota. A run that is longer than the quota of a whole day is taken when nothing else was: else
// nothing would ever follow it. False: nothing is left of the batch, or it was cut, and the feed has to wait.
bool Sync::fit_quota(Link& link, const Pursuit& pursuit, Received& received, Seq first) {
  const WallTime now = setup_.now();
  std::vector<std::pair<AgencyId, Quotas::Left>> counted{{link.peer, quotas_.left(link.peer, now)}};
  if (pursuit.author != link.peer) counted.emplace_back(pursuit.author, quotas_.left(pursuit.author, now));
  v1::EntryBatch& batch = received.batch;
  // All of it, where a batch comes once more.
  const auto size = static_cast<std::uint64_t>(batch.entry_size());
  const auto held = static_cast<int>(std::min(raw(std::max(first, pursuit.expected)) - raw(first), size));
  int keep = held;
  std::uint64_t kept_bytes = 0;
  std::optional<AgencyId> full;
  std::uint64_t bytes = 0;
  for (int at = held; at < batch.entry_size() && !full; ++at) {
    const v1::Entry& entry = batch.entry(at);
    bytes += entry.header().size() + entry.sig().size() + entry.body().size();
    const auto entries = static_cast<std::uint64_t>(at - held) + 1;
    for (const auto& [agency, left] : counted) {
      const bool first_run = left.untouched && keep == held;
      if (!first_run && (entries > left.entries || bytes > left.bytes)) full = agency;
    }
    if (full || entry.sig().empty()) continue;
    keep = at + 1;
    kept_bytes = bytes;
  }
  if (!full) {
    keep = batch.entry_size();
    kept_bytes = bytes;
  }
  const auto cut = static_cast<std::uint32_t>(batch.entry_size() - keep);
  batch.mutable_entry()->DeleteSubrange(keep, static_cast<int>(cut));
  received.cut = cut;
  for (const auto& [agency, left] : counted)
    quotas_.count(agency, static_cast<std::uint64_t>(keep - held), kept_bytes, now);
  if (pursuit.author != link.peer) received.author = pursuit.author;
  received.counted_from = held;
  received.counted = now;
  if (!full) return true;
  quotas_.close(*full, now);
  return false;
}

Status Sync::learn(Link& link, Pursuit& pursuit, const FeedId& feed, const v1::Entry& entry) {
  COMITY_TRY(const auto header, feed::read_header(proto::as_bytes(entry.header())));
  if (header.kind != v1::KIND_FEED_OPEN || header.seq != Seq{1}) {
    return Error{Code::kFeedBadHeader, "a feed that does not begin with its opening"};
  }
  const ByteView body = proto::as_bytes(entry.body());
  if (feed::body_hash(body) != header.body_hash) return Error{Code::kFeedBodyHash, "of its opening"};
  COMITY_TRY(const auto open, proto::decode<v1::FeedOpen>(body, bounds::kSealedBodyBytes));
  COMITY_TRY(const auto agency, AgencyId::from(proto::as_bytes(open.agency())));
  COMITY_TRY(const auto space, SpaceId::from(proto::as_bytes(open.space())));
  COMITY_TRY(const auto incarnation, proto::Incarnation::from(proto::as_bytes(open.incarnation())));
  if (agency != header.agency || feed::feed_id(agency, space, incarnation) != feed) {
    return Error{Code::kFeedBodyRule, "it opens another feed"};
  }
  const auto turn_away = [&](v1::Reason reason, std::uint32_t retry_after, Error error) {
    refuse(link, feed, reason, retry_after);
    link.refused[feed] =
        retry_after == 0 ? WallTime::max() : setup_.now() + std::chrono::seconds(retry_after);
    stop(feed, pursuit);
    setup_.events.not_taken(link.peer, feed, error);
  };
  if (!admit(agency, space).allowed) {
    turn_away(v1::REASON_SPACE_NOT_SHARED, 0, {Code::kSpaceNotAllowed, feed.hex()});
    return {};
  }
  const WallTime now = setup_.now();
  if (agency != setup_.self && !quotas_.count_feed(link.peer, now)) {
    turn_away(v1::REASON_QUOTA, static_cast<std::uint32_t>(Quotas::until_turn(now).count()),
              {Code::kQuotaUsed, "new feeds of a day"});
    return {};
  }
  COMITY_CHECK(setup_.ingester.learn(agency, space, incarnation).ok()
                   ? Status()
                   : Status(Error{Code::kFeedNotOwn, "an opening of ours"}));
  pursuit.learned = true;
  pursuit.author = agency;
  pursuit.space = space;
  return {};
}

// What was counted before anybody had looked at it and then did not come in. The author's day is nobody's to
// use up with runs that he never signed; the sender's is its own, unless the fault was ours.
void Sync::uncount(const Taken& result) {
  const Received& received = result.received;
  if (received.counted == WallTime{}) return;
  const bool judged = !result.dropped && result.result.ok();
  const bool whole = judged && !result.result->refusal;
  if (whole) return;
  int from = received.counted_from;
  // Runs before the refused one are on disk.
  if (judged) from = std::max(from, static_cast<int>(result.result->refusal->index));
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  for (int at = from; at < received.batch.entry_size(); ++at) {
    const v1::Entry& entry = received.batch.entry(at);
    ++entries;
    bytes += entry.header().size() + entry.sig().size() + entry.body().size();
  }
  const WallTime now = setup_.now();
  if (!received.author.is_zero()) {
    quotas_.give_back(received.author, entries, bytes, received.counted, now);
  }
  if (!judged) quotas_.give_back(received.sender, entries, bytes, received.counted, now);
}

void Sync::taken(Taken result) {
  uncount(result);
  Link* link = find(result.received.sender, result.received.link);
  const auto entries = static_cast<std::uint32_t>(result.received.batch.entry_size());
  give_back(link, result.received.lane, entries + result.received.cut, result.received.bytes);
  for (const auto& [peer, other] : links_) {
    for (const auto& [lane, owed] : other->owed) {
      if (owed.bytes > 0) give_back(other.get(), lane, 0, 0);
    }
  }
  if (result.dropped) return;
  const FeedId feed = result.received.feed;
  if (!result.result.ok()) {
    const Error error = result.result.error();
    intake_.drop(feed);
    Pursuit& pursuit = pursuits_[feed];
    pursuit.retry = setup_.now() + kStoreRetry;
    const BookFeed* const known = book_.find(feed);
    pursuit.expected = feed::next(known == nullptr ? Seq{0} : known->state.end.seq);
    if (known == nullptr) pursuit.learned = pursuit.introduced = false;
    stop(feed, pursuit);
    if (link != nullptr) {
      refuse(*link, feed, v1::REASON_STORE, static_cast<std::uint32_t>(kStoreRetry.count()));
    }
    setup_.events.not_taken(result.received.sender, feed, error);
    return;
  }
  after_stored(link, result);
  const auto refusal = result.result->refusal;
  if (refusal) after_refusal(result, *refusal);
  pump_all();
}

void Sync::after_stored(Link* link, const Taken& result) {
  const FeedId& feed = result.received.feed;
  const feed::Ingested& ingested = *result.result;
  const auto refreshed = book_.refresh(feed);
  if (!refreshed.ok()) return;
  const BookFeed& known = **refreshed;
  Pursuit& pursuit = pursuits_[feed];
  if (!ingested.stored.empty()) {
    pursuit.misses = 0;
    pursuit.behind = {};
    setup_.events.stored(ingested.stored);
    if (raw(ingested.hlc) != 0) setup_.events.clock(ingested.hlc);
    for (const EntryId& withdraw : result.withdraws)
      answer_withdraw(withdraw);
    changed(known, link);
    send_reached_head(feed, ingested.stored);
  }
  if (link == nullptr) return;
  // Its author learns that what it sent is not shown here; the feed goes on.
  if (ingested.over_label && link->peer == known.state.agency()) {
    v1::Wire wire;
    wire.mutable_refusal()->set_feed(feed::field(feed.view()));
    wire.mutable_refusal()->set_reason(v1::REASON_LABEL_NOT_ALLOWED);
    wire.mutable_refusal()->set_seq(raw(*ingested.over_label));
    (void)link->outlet.send(v1::LANE_CONTROL, wire);
  }
  // With nothing stored the head may be on its way to the disk: what the store shows is there. It may be one
  // that the peer, removed meanwhile, may not know of.
  const auto row = known.row_for(link->peer);
  const Held shown = row ? Held{row->seq, row->id} : Held{};
  const Held held = ingested.stored.empty() ? shown : result.after;
  if (held.seq != Seq{0} && !(ingested.refusal && ingested.stored.empty())) {
    const Held* const theirs = acks_.find(link->peer, feed);
    if (theirs == nullptr || theirs->seq < result.after.seq) {
      acks_.set(link->peer, feed, {result.after.seq, result.after.id});
    }
    link->server.holds(feed, result.after.seq);
    link->acks[feed] = to_head({feed, held.seq, held.id, {}});
    send_small(*link);
  }
  if (!ingested.refusal && result.after.seq >= pursuit.claimed && pursuit.link == link->serial) {
    check_arrival(*link, feed, pursuit);
  }
}

// Everything that was claimed is here: now the AUDIENCE in force says who may have brought it.
void Sync::check_arrival(Link& link, const FeedId& feed, Pursuit& pursuit) {
  const BookFeed* const known = book_.find(feed);
  if (known == nullptr) return;
  const bool readable = known->audiences.in_force || known->state.end.audience_seq == Seq{0};
  if (readable && !known->knows(link.peer)) {
    link.refused[feed] = WallTime::max();
    stop(feed, pursuit);
    setup_.events.not_taken(link.peer, feed, {Code::kFeedNotEntitled, "whoever brought it"});
    return;
  }
  const auto extent = entitled(known->state, known->audiences, setup_.self);
  if (!pursuit.cut && extent && extent->from < known->have_from) {
    pursuit.cut = true;
    setup_.events.history_cut(feed);
  }
}

void Sync::after_refusal(const Taken& result, const feed::Refusal& refusal) {
  const FeedId feed = result.received.feed;
  const AgencyId sender = result.received.sender;
  const std::uint64_t serial = result.received.link;
  const Error& error = refusal.error;
  intake_.drop(feed);
  const BookFeed* const known = book_.find(feed);
  Pursuit& pursuit = pursuits_[feed];
  pursuit.expected = feed::next(known == nullptr ? Seq{0} : known->state.end.seq);
  if (known == nullptr) pursuit.introduced = false;
  Link* const link = find(sender, serial);

  if (result.forked) {
    stop(feed, pursuit);
    if (known != nullptr && known->state.own) {
      const auto view = setup_.store.snapshot();
      const auto proof = view.ok() ? feed::find_fork_proof(**view, feed)
                                   : Result<std::optional<v1::ForkProof>>(view.error());
      if (proof.ok() && *proof) setup_.events.own_forked(feed, **proof);
    } else {
      setup_.events.forked(feed);
    }
    spread_proof(feed, nullptr);
    return;
  }
  if (error.code == Code::kFeedGap && pursuit.link == serial && link != nullptr) {
    const Status missed = miss(*link, feed, pursuit);
    if (!missed.ok()) violate(*link, missed.error());
    return;
  }
  if (refusal.author_signed) {
    stop(feed, pursuit);
    setup_.events.frozen(feed, error);
    // Another entry before it, well signed: the other branch holds another entry where our head is.
    if (error.code == Code::kFeedPrev && link != nullptr && known != nullptr) {
      probe(*link, *known, known->state.end.seq);
    }
    return;
  }
  switch (error.code) {
    case Code::kFeedSignerUnknown: {
      const auto first = feed::read_header(proto::as_bytes(result.received.batch.entry(0).header()));
      if (!first.ok()) return;
      pursuit.needs_keys = true;
      pursuit.author = first->agency;
      // Of others the feed is asked all the same: whoever names a key that nobody has must not hold it up.
      if (link != nullptr) link->refused[feed] = WallTime::max();
      stop(feed, pursuit);
      setup_.events.keys_wanted(sender, first->agency, first->keydoc);
      consider(feed);
      return;
    }
    case Code::kFeedFrozen:
      stop(feed, pursuit);
      return;
    case Code::kFeedNotEntitled:
    case Code::kFeedVersion:
    case Code::kUnknownCriticalField:
      if (link != nullptr) {
        link->refused[feed] = WallTime::max();
        refuse(*link, feed, v1::REASON_NOT_AVAILABLE);
      }
      stop(feed, pursuit);
      setup_.events.not_taken(sender, feed, error);
      consider(feed);
      return;
    default:
      if (link != nullptr) violate(*link, error);
  }
}

}  // namespace comity::federation
