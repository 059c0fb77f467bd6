// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/sync.h"

#include <algorithm>

namespace comity::federation {

Sync::Sync(SyncSetup setup)
    : setup_(std::move(setup)),
      book_(setup_.store, setup_.storage_key),
      acks_(setup_.store),
      heads_(setup_.store),
      quotas_(setup_.store, setup_.limits),
      self_(std::make_shared<Sync*>(this)),
      intake_({.ingester = setup_.ingester,
               .self = setup_.self,
               .now = setup_.now,
               .signers = setup_.signers,
               .offload = setup_.offload,
               .taken = [this](Taken result) { taken(std::move(result)); }}) {}

Status Sync::load() {
  since_ = setup_.now();
  COMITY_CHECK(book_.load());
  COMITY_CHECK(acks_.load());
  COMITY_CHECK(heads_.load());
  COMITY_CHECK(quotas_.load());
  COMITY_TRY(const auto view, setup_.store.snapshot());
  COMITY_TRY(const auto withdraws, unanswered_withdraws(*view, setup_.self));
  for (const EntryId& withdraw : withdraws)
    answer_withdraw(withdraw);
  return {};
}

Link* Sync::find(const AgencyId& peer, std::uint64_t serial) {
  const auto at = links_.find(peer);
  return at == links_.end() || at->second->serial != serial ? nullptr : at->second.get();
}

std::optional<Sha256Digest> Sync::hello_digest(const AgencyId& peer) {
  hello_digests_.erase(peer);
  const auto rows = acks_.agreed(peer, book_);
  if (rows.empty()) return std::nullopt;
  return hello_digests_[peer] = vector_digest(rows);
}

void Sync::opened(const AgencyId& peer, Outlet& outlet, const v1::Hello& theirs) {
  closed(peer);
  const std::uint64_t serial = next_link_++;
  auto owned = std::make_unique<Link>(
      ServerSetup{.store = setup_.store,
                  .book = book_,
                  .storage_key = setup_.storage_key,
                  .peer = peer,
                  .outlet = outlet,
                  .recent = setup_.recent.get(),
                  .caught_up =
                      [this, peer, serial](const FeedId& feed) {
                        if (Link* const link = find(peer, serial)) send_head(*link, feed);
                      },
                  .failed = [this, peer](const FeedId& feed,
                                         const Error& error) { setup_.events.not_taken(peer, feed, error); }},
      serial);
  Link& link = *owned;
  links_[peer] = std::move(owned);

  const auto ours = hello_digests_.find(peer);
  link.full = ours == hello_digests_.end() ||
              !proto::equal(proto::as_bytes(theirs.vector_digest()), ours->second.view());
  hello_digests_.erase(peer);
  for (const auto& [feed, held] : acks_.of(peer)) {
    const BookFeed* const known = book_.find(feed);
    if (!link.full && known != nullptr && !known->state.own) {
      link.offers[feed] = {feed, held.seq, held.id, Seq{1}};
    }
  }
  if (!link.full) {
    for (const HeldRow& row : acks_.agreed(peer, book_))
      link.agreed[row.feed] = row;
  }
  for (const auto& [feed, known] : book_.all()) {
    if (known.state.own && known.knows(peer)) link.own_feeds.push_back(feed::field(feed.view()));
  }
  send_small(link);
  send_vector(link);
  send_proofs(link);
}

bool Sync::message(const AgencyId& peer, v1::Lane lane, v1::Wire&& wire, std::size_t bytes) {
  switch (wire.m_case()) {
    case v1::Wire::kVector:
    case v1::Wire::kWant:
    case v1::Wire::kBatch:
    case v1::Wire::kAck:
    case v1::Wire::kHead:
    case v1::Wire::kFork:
    case v1::Wire::kRefusal:
    case v1::Wire::kHeadsWant:
      break;
    default:
      return false;
  }
  const auto at = links_.find(peer);
  if (at == links_.end()) return true;
  const std::uint64_t serial = at->second->serial;
  const Status status = dispatch(*at->second, lane, wire, bytes);
  if (Link* const link = find(peer, serial); link != nullptr && !status.ok()) violate(*link, status.error());
  return true;
}

Status Sync::dispatch(Link& link, v1::Lane lane, v1::Wire& wire, std::size_t bytes) {
  if (wire.has_batch()) return take_batch(link, lane, std::move(*wire.mutable_batch()), bytes);
  if (lane != v1::LANE_CONTROL) return Error{Code::kSessionOrder, "only batches leave the control lane"};
  switch (wire.m_case()) {
    case v1::Wire::kVector:
      return take_vector(link, wire.vector());
    case v1::Wire::kWant:
      COMITY_CHECK(link.server.want(wire.want()));
      link.server.pump(setup_.now());
      return {};
    case v1::Wire::kAck:
      return take_ack(link, wire.ack());
    case v1::Wire::kHead:
      return take_head(link, wire.head());
    case v1::Wire::kFork:
      return take_fork(link, wire.fork());
    case v1::Wire::kHeadsWant:
      return take_heads_want(link, wire.heads_want());
    default:
      take_refusal(link, wire.refusal());
      return {};
  }
}

void Sync::violate(Link& link, const Error& error) {
  Outlet& outlet = link.outlet;
  const AgencyId peer = link.peer;
  closed(peer);
  setup_.events.violation(peer, error);
  v1::Bye bye;
  bye.set_reason(v1::REASON_PROTOCOL);
  bye.set_text(proto::code_label(error.code));
  outlet.bye(bye);
}

void Sync::refuse(Link& link, const FeedId& feed, v1::Reason reason, std::uint32_t retry_after) {
  v1::Wire wire;
  wire.mutable_refusal()->set_feed(feed::field(feed.view()));
  wire.mutable_refusal()->set_reason(reason);
  wire.mutable_refusal()->set_retry_after(retry_after);
  // A hint for the other operator: it may get lost.
  (void)link.outlet.send(v1::LANE_CONTROL, wire);
}

void Sync::room(const AgencyId& peer) {
  const auto at = links_.find(peer);
  if (at == links_.end()) return;
  Link& link = *at->second;
  send_small(link);
  if (!link.sent) send_vector(link);
  link.server.pump(setup_.now());
}

void Sync::closed(const AgencyId& peer) {
  const auto at = links_.find(peer);
  if (at == links_.end()) return;
  const std::uint64_t serial = at->second->serial;
  links_.erase(at);
  std::vector<FeedId> orphans;
  for (auto& [feed, pursuit] : pursuits_) {
    if (pursuit.link != serial) continue;
    pursuit.link = 0;
    orphans.push_back(feed);
  }
  for (const FeedId& feed : orphans)
    consider(feed);
  // What it named and nobody else does was perhaps nothing.
  std::erase_if(pursuits_, [this](const auto& item) {
    return item.second.link == 0 && book_.find(item.first) == nullptr &&
           std::none_of(links_.begin(), links_.end(),
                        [&](const auto& other) { return other.second->offers.contains(item.first); });
  });
  acks_.flush();
}

void Sync::changed(const BookFeed& known, const Link* from) {
  const FeedId& feed = known.state.feed();
  for (const auto& [peer, link] : links_) {
    link->server.changed(feed);
    if (link.get() == from || link->server.follows(feed) || !known.knows(peer)) continue;
    link->rows_due.insert(feed);
  }
}

void Sync::pump_all() {
  for (const auto& [peer, link] : links_) {
    // Whoever may know of a feed for the first time hears of it at once.
    bool fresh = false;
    for (const FeedId& feed : link->rows_due) {
      const BookFeed* const known = book_.find(feed);
      const auto told = link->told.find(feed);
      fresh = fresh || (known != nullptr &&
                        (told == link->told.end() || told->second != known->state.end.audience_seq));
    }
    if (fresh) send_rows(*link);
    link->server.pump(setup_.now());
  }
}

void Sync::entries_stored(std::span<const feed::Appended> entries) {
  std::set<FeedId> feeds;
  for (const feed::Appended& entry : entries)
    feeds.insert(entry.feed);
  for (const FeedId& feed : feeds) {
    const auto known = book_.refresh(feed);
    if (known.ok() && !(*known)->state.inside) changed(**known, nullptr);
  }
  pump_all();
}

void Sync::own_retired(const FeedId& feed) {
  const auto known = book_.refresh(feed);
  if (!known.ok() || !(*known)->state.own || (*known)->state.inside) return;
  consider(feed);
  for (const auto& [peer, link] : links_) {
    if (!(*known)->knows(peer)) continue;
    link->own_feeds.push_back(feed::field(feed.view()));
    std::sort(link->own_feeds.begin(), link->own_feeds.end());
    send_small(*link);
  }
}

void Sync::tick() {
  acks_.flush();
  quotas_.flush();
  state_heads();
  check_stalls();
  for (const auto& [peer, link] : links_) {
    send_small(*link);
    if (!link->sent) send_vector(*link);
    send_rows(*link);
    link->server.pump(setup_.now());
    for (auto& [lane, owed] : link->owed)
      if (owed.bytes > 0) give_back(link.get(), lane, 0, 0);
  }
}

std::vector<Lag> Sync::lags(const AgencyId& peer) const {
  std::vector<Lag> out;
  for (const auto& [feed, known] : book_.all()) {
    if (!known.state.own || !known.knows(peer)) continue;
    const Held* const held = acks_.find(peer, feed);
    out.push_back({feed, known.row_for(peer)->seq, held == nullptr ? Seq{0} : held->seq});
  }
  return out;
}

Seq Sync::claimed(const FeedId& feed) const {
  const BookFeed* const known = book_.find(feed);
  const Held* const held = known == nullptr ? nullptr : acks_.find(known->state.agency(), feed);
  return held == nullptr ? Seq{0} : held->seq;
}

Result<Freshness> Sync::freshness(const FeedId& feed) const {
  const BookFeed* const known = book_.find(feed);
  if (known == nullptr) return Error{Code::kFeedUnknown, feed.hex()};
  return heads_.freshness(known->state, since_, setup_.now());
}

std::optional<AgencyId> Sync::source(const FeedId& feed) const {
  const auto at = pursuits_.find(feed);
  if (at == pursuits_.end() || at->second.link == 0) return std::nullopt;
  return at->second.source;
}

}  // namespace comity::federation
