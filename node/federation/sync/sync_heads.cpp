// SPDX-License-Identifier: EUPL-1.2
// Heads that authors state, forks that somebody proves, receipts for what was withdrawn.
#include <algorithm>

#include "node/federation/sync/sync.h"
#include "node/feed/fork_proofs.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::federation {

void Sync::send_head(Link& link, const FeedId& feed) {
  const v1::SignedHeadStatement* const message = heads_.message(feed);
  const BookFeed* const known = book_.find(feed);
  if (message == nullptr || known == nullptr || known->state.agency() == link.peer) return;
  // An AUDIENCE on its way to us may have removed the peer: what lies behind our head is not ours to tell.
  if (heads_.find(feed)->seq > known->state.end.seq) return;
  const auto extent = entitled(known->state, known->audiences, link.peer);
  if (!extent || extent->to != kNoEnd) return;
  // Nor is what lies before its history: but for the entry that the first one of it names.
  if (feed::next(heads_.find(feed)->seq) < extent->from) return;
  v1::Wire wire;
  *wire.mutable_head() = *message;
  // A later one follows within the hour.
  (void)link.outlet.send(v1::LANE_CONTROL, wire);
}

void Sync::state_heads() {
  const WallTime now = setup_.now();
  for (const auto& [feed, known] : book_.all()) {
    const auto hlc = heads_.due(known.state, now);
    if (!hlc) continue;
    const auto message = sign_head(known.state.end, *hlc, setup_.signing());
    const auto statement = read_head(message);
    if (!statement.ok() || !heads_.put(feed, message, *statement, now)) continue;
    for (const auto& [peer, link] : links_) {
      if (link->server.follows(feed)) send_head(*link, feed);
    }
  }
}

Status Sync::take_head(Link& link, const v1::SignedHeadStatement& message) {
  COMITY_TRY(const auto statement, read_head(message));
  COMITY_TRY(const auto feed, FeedId::from(proto::as_bytes(statement.feed())));
  COMITY_TRY(const auto id, EntryId::from(proto::as_bytes(statement.id())));
  const Seq seq{statement.seq()};
  const BookFeed* const known = book_.find(feed);
  if (known == nullptr || known->state.inside || !known->knows(link.peer)) return {};
  // One from far ahead would keep out all that are true until its time comes. What it says of entries still
  // counts.
  const bool ahead = feed::is_ahead(Hlc{statement.hlc()}, setup_.now());
  if (!ahead && !heads_.is_later(feed, Hlc{statement.hlc()}, setup_.now())) return {};
  const feed::ChainEnd& end = known->state.end;
  // Ours come back only from another node under our keys.
  if (known->state.own && seq <= end.seq) return {};
  const Status signed_by_author = check_head(message, statement, known->state, *setup_.signers());
  if (!signed_by_author.ok()) {
    if (signed_by_author.error().code != Code::kFeedSignerUnknown) return signed_by_author;
    setup_.events.keys_wanted(link.peer, known->state.agency(), statement.keydoc());
    return {};
  }
  if (known->state.own) {
    setup_.events.own_ahead(link.peer, to_head({feed, seq, id, {}}));
    return {};
  }
  if (heads_.put(feed, message, statement, setup_.now())) {
    for (const auto& [peer, other] : links_) {
      if (other.get() != &link && other->server.follows(feed)) send_head(*other, feed);
    }
  }
  if (seq <= end.seq) {
    const auto ours = seq >= known->have_from ? book_.id_at(*known, seq) : Result<EntryId>(id);
    if (ours.ok() && *ours != id) probe(link, *known, seq);
    return {};
  }
  // The author holds what it speaks of.
  if (known->state.agency() != link.peer) return {};
  HeldRow& offer = link.offers[feed];
  if (offer.seq < seq) offer = {feed, seq, id, Seq{1}};
  return {};
}

void Sync::send_reached_head(const FeedId& feed, std::span<const feed::Appended> stored) {
  const HeadKnown* const head = heads_.find(feed);
  const bool reached = head != nullptr && std::any_of(stored.begin(), stored.end(), [&](const auto& entry) {
                         return entry.seq == head->seq;
                       });
  if (!reached) return;
  for (const auto& [peer, link] : links_) {
    if (link->server.follows(feed)) send_head(*link, feed);
  }
}

void Sync::send_proofs(Link& link) {
  for (const auto& [feed, known] : book_.all()) {
    if (known.state.frozen != Code::kFeedForked || !known.knows(link.peer)) continue;
    const auto view = setup_.store.snapshot();
    if (!view.ok()) return;
    const auto proof = feed::find_fork_proof(**view, feed);
    if (!proof.ok() || !*proof) continue;
    v1::Wire wire;
    *wire.mutable_fork() = **proof;
    if (!link.outlet.send(v1::LANE_CONTROL, wire).ok()) return;
  }
}

void Sync::spread_proof(const FeedId& feed, const Link* from) {
  const auto known = book_.refresh(feed);
  const auto view = setup_.store.snapshot();
  if (!known.ok() || !view.ok()) return;
  const auto proof = feed::find_fork_proof(**view, feed);
  if (!proof.ok() || !*proof) return;
  v1::Wire wire;
  *wire.mutable_fork() = **proof;
  for (const auto& [peer, link] : links_) {
    // Whom the full lane keeps from hearing it now hears it when it connects again.
    if (link.get() != from && (*known)->knows(peer)) (void)link->outlet.send(v1::LANE_CONTROL, wire);
  }
}

Status Sync::take_fork(Link& link, const v1::ForkProof& proof) {
  if (proof.a().header_size() == 0) return Error{Code::kFeedProof, "no header"};
  COMITY_TRY(const auto first, feed::read_header(proto::as_bytes(proof.a().header(0))));
  const BookFeed* const known = book_.find(first.feed);
  if (known == nullptr || !known->knows(link.peer) || known->state.frozen == Code::kFeedForked) return {};
  const auto verified = feed::verify_fork(proof, *setup_.signers());
  if (!verified.ok()) {
    if (verified.error().code != Code::kFeedSignerUnknown) return verified.error();
    setup_.events.keys_wanted(link.peer, known->state.agency(), first.keydoc);
    return {};
  }
  const FeedId feed = first.feed;
  if (verified->first.agency != known->state.agency()) return Error{Code::kFeedProof, "of another agency"};
  if (known->state.own) {
    setup_.events.own_forked(feed, proof);
    return {};
  }
  setup_.ingester.freeze(feed, proof,
                         [weak = std::weak_ptr(self_), feed, peer = link.peer,
                          serial = link.serial](Result<feed::Ingested> result) {
                           const auto self = weak.lock();
                           if (!self || !result.ok()) return;
                           Sync& sync = **self;
                           sync.stop(feed, sync.pursuits_[feed]);
                           sync.spread_proof(feed, sync.find(peer, serial));
                           sync.setup_.events.forked(feed);
                         });
  return {};
}

void Sync::answer_withdraw(const EntryId& withdraw) {
  if (!setup_.may_moderate) return;
  const auto view = setup_.store.snapshot();
  if (!view.ok()) return;
  const auto due = receipt_due(**view, setup_.storage_key, setup_.self, withdraw, setup_.may_moderate);
  if (due.ok() && *due) setup_.events.receipt(**due);
}

}  // namespace comity::federation
