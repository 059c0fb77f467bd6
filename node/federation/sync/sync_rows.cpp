// SPDX-License-Identifier: EUPL-1.2
// What each side tells the other that it holds.
#include <algorithm>
#include <utility>

#include "node/federation/sync/sync.h"
#include "proto/bounds.h"

namespace comity::federation {
namespace {

constexpr int kHeadsWantFeeds = 1024;
constexpr int kAckHeads = 256;

}  // namespace

void Sync::send_vector(Link& link) {
  while (!link.sent) {
    v1::Wire wire;
    v1::Vector& vector = *wire.mutable_vector();
    vector.set_full(link.full);
    auto at = link.sent_upto ? book_.all().upper_bound(*link.sent_upto) : book_.all().begin();
    std::optional<FeedId> last = link.sent_upto;
    for (; at != book_.all().end() && vector.feed_size() < kVectorRows; ++at) {
      last = at->first;
      const auto row = at->second.row_for(link.peer);
      if (!row) continue;
      const auto agreed = link.agreed.find(at->first);
      if (agreed != link.agreed.end() && agreed->second.seq == row->seq && agreed->second.id == row->id) {
        continue;
      }
      *vector.add_feed() = to_message(*row);
    }
    const bool more = at != book_.all().end();
    vector.set_more(more);
    if (!link.outlet.send(v1::LANE_CONTROL, wire).ok()) return;
    link.sent_upto = last;
    link.sent = !more;
  }
  for (const auto& [feed, known] : book_.all()) {
    if (known.knows(link.peer)) link.told[feed] = known.state.end.audience_seq;
  }
}

void Sync::send_rows(Link& link) {
  if (!link.sent || link.rows_due.empty()) return;
  v1::Wire wire;
  v1::Vector& vector = *wire.mutable_vector();
  std::map<FeedId, Seq> told;
  while (!link.rows_due.empty() && vector.feed_size() < kVectorRows) {
    const FeedId feed = *link.rows_due.begin();
    link.rows_due.erase(link.rows_due.begin());
    const BookFeed* const known = book_.find(feed);
    const auto row = known == nullptr ? std::nullopt : known->row_for(link.peer);
    if (!row) continue;
    *vector.add_feed() = to_message(*row);
    told[feed] = known->state.end.audience_seq;
  }
  if (vector.feed_size() == 0) return;
  if (link.outlet.send(v1::LANE_CONTROL, wire).ok()) {
    for (const auto& [feed, seq] : told)
      link.told[feed] = seq;
    return;
  }
  for (const auto& [feed, seq] : told)
    link.rows_due.insert(feed);
}

void Sync::send_small(Link& link) {
  while (!link.acks.empty()) {
    v1::Wire wire;
    auto last = link.acks.begin();
    for (; last != link.acks.end() && wire.ack().head_size() < kAckHeads; ++last)
      *wire.mutable_ack()->add_head() = last->second;
    if (!link.outlet.send(v1::LANE_CONTROL, wire).ok()) return;
    link.acks.erase(link.acks.begin(), last);
  }
  while (!link.wants.empty()) {
    v1::Wire wire;
    *wire.mutable_want() = link.wants.begin()->second;
    if (!link.outlet.send(v1::LANE_CONTROL, wire).ok()) return;
    link.wants.erase(link.wants.begin());
  }
  while (!link.own_feeds.empty()) {
    v1::Wire wire;
    auto last = link.own_feeds.begin();
    for (; last != link.own_feeds.end() && wire.heads_want().feed_size() < kHeadsWantFeeds; ++last)
      wire.mutable_heads_want()->add_feed(*last);
    if (!link.outlet.send(v1::LANE_CONTROL, wire).ok()) return;
    link.own_feeds.erase(link.own_feeds.begin(), last);
  }
}

Status Sync::take_vector(Link& link, const v1::Vector& vector) {
  COMITY_TRY(const auto rows, read_vector(vector, link.vector_after));
  for (const HeldRow& row : rows) {
    if (vector.full() && book_.find(row.feed) != nullptr) link.listed.insert(row.feed);
    link.news.insert(row.feed);
    take_row(link, row);
  }
  if (!rows.empty()) link.vector_after = rows.back().feed;
  if (vector.more()) return {};
  link.vector_after.reset();
  if (vector.full()) {
    // What it does not name it does not hold, or may not tell us of any more.
    std::vector<FeedId> gone;
    for (const auto& [feed, held] : acks_.of(link.peer)) {
      if (!link.listed.contains(feed)) gone.push_back(feed);
    }
    for (const FeedId& feed : gone) {
      acks_.erase(link.peer, feed);
      link.offers.erase(feed);
    }
    link.listed.clear();
  }
  // Only once it has told all that it holds may it be asked for any of it.
  const bool first = !std::exchange(link.heard, true);
  const std::uint64_t serial = link.serial;
  const AgencyId peer = link.peer;
  std::set<FeedId> news = std::exchange(link.news, {});
  if (first) {
    for (const auto& [feed, row] : link.offers)
      news.insert(feed);
  }
  for (const FeedId& feed : news) {
    const Link* const still = find(peer, serial);
    if (still == nullptr) return {};
    if (still->offers.contains(feed)) consider(feed);
  }
  return {};
}

void Sync::take_row(Link& link, const HeldRow& row) {
  const BookFeed* const known = book_.find(row.feed);
  if (known == nullptr) {
    const bool full = link.offers.size() >= book_.all().size() + kMostUnknown;
    if (row.seq != Seq{0} && (link.offers.contains(row.feed) || !full)) {
      link.offers[row.feed] = row;
      link.refused.erase(row.feed);
    }
    return;
  }
  if (known->state.inside) return;
  if (known->state.own) {
    take_own_row(link, *known, row);
    return;
  }
  if (row.seq == Seq{0}) {
    acks_.erase(link.peer, row.feed);
    link.offers.erase(row.feed);
    return;
  }
  const feed::ChainEnd& end = known->state.end;
  // A later AUDIENCE may have let it in; what it holds of what we hold too is its to know only then.
  if (row.seq <= end.seq && !known->knows(link.peer)) return;
  if (row.seq <= end.seq && row.seq >= known->have_from) {
    const auto ours = book_.id_at(*known, row.seq);
    if (ours.ok() && *ours != row.id) {
      link.differing.insert(row.feed);
      probe(link, *known, row.seq);
      return;
    }
  }
  link.differing.erase(row.feed);
  note_held(link, row.feed, row);
  link.offers[row.feed] = row;
  link.refused.erase(row.feed);
  // Whom it sends rows in the course of a session it does not send entries: we were let in again, perhaps.
  const auto pursuit = pursuits_.find(row.feed);
  if (link.heard && row.seq > end.seq && pursuit != pursuits_.end() && pursuit->second.link == link.serial) {
    pursuit->second.link = 0;
  }
}

void Sync::take_own_row(Link& link, const BookFeed& known, const HeldRow& row) {
  const bool beyond = row.seq > known.state.end.seq;
  // After a restore we may not know any more whom we let in: whoever shows entries of ours was let in.
  if (!known.knows(link.peer) && !beyond) return;
  setup_.events.own_head(link.peer, to_head(row));
  if (row.seq == Seq{0}) {
    note_held(link, row.feed, row);
    return;
  }
  const auto ours = beyond ? Result<EntryId>(EntryId()) : book_.id_at(known, row.seq);
  if (!ours.ok() || *ours == row.id) {
    link.differing.erase(row.feed);
    note_held(link, row.feed, row);
    return;
  }
  link.differing.insert(row.feed);
  link.offers[row.feed] = row;
  link.refused.erase(row.feed);
  if (!known.state.retired) return ask_own(link, known, row);
  // Nobody writes it any more: what we lack of it comes back from whoever holds it.
  setup_.events.own_ahead(link.peer, to_head(row));
  if (!beyond) return probe(link, known, row.seq);
  if (link.heard) consider(row.feed);
}

// A claim is no reason to give a feed up: first the peer shows an entry under our signature.
void Sync::ask_own(Link& link, const BookFeed& known, const HeldRow& row) {
  Pursuit& pursuit = pursuits_[row.feed];
  if (find(pursuit.source, pursuit.link) != nullptr) return;
  pursuit.learned = true;
  pursuit.author = setup_.self;
  pursuit.space = known.state.space;
  ask(link, row.feed, pursuit, std::min(row.seq, feed::next(known.state.end.seq)));
}

Status Sync::take_own_evidence(Link& link, const BookFeed& known, const v1::EntryBatch& batch) {
  v1::RunEvidence evidence;
  for (const v1::Entry& entry : batch.entry()) {
    if (evidence.header_size() == static_cast<int>(proto::bounds::kRunEntries)) break;
    evidence.add_header(entry.header());
    if (entry.sig().empty()) continue;
    evidence.set_sig(entry.sig());
    break;
  }
  const auto shown = feed::verify_evidence(evidence, *setup_.signers());
  if (!shown.ok()) {
    // Signed by a key of ours that was made after the copy: nothing that we could judge.
    if (shown.error().code == Code::kFeedSignerUnknown) return {};
    return shown.error();
  }
  if (shown->agency != setup_.self || shown->feed != known.state.feed()) {
    return Error{Code::kFeedBadHeader, "no entry of the feed that was asked for"};
  }
  const bool beyond = shown->seq > known.state.end.seq;
  const auto ours = beyond ? Result<EntryId>(EntryId()) : book_.id_at(known, shown->seq);
  if (!ours.ok() || *ours == shown->id) return {};
  const auto offer = link.offers.find(shown->feed);
  HeldRow head{.feed = shown->feed, .seq = shown->seq, .id = shown->id};
  if (offer != link.offers.end() && offer->second.seq > head.seq) head = offer->second;
  setup_.events.own_ahead(link.peer, to_head(head));
  return {};
}

std::vector<CommonFeed> Sync::common(const AgencyId& peer) const {
  std::vector<CommonFeed> out;
  const auto at = links_.find(peer);
  for (const auto& [feed, known] : book_.all()) {
    const Held* const held = acks_.find(peer, feed);
    const bool differs = known.state.frozen == Code::kFeedForked ||
                         (at != links_.end() && at->second->differing.contains(feed));
    if (known.state.inside || (held == nullptr && !differs)) continue;
    CommonFeed row{.feed = feed, .differs = differs};
    if (held != nullptr && held->seq <= known.state.end.seq && held->seq >= known.have_from) {
      const auto ours = book_.id_at(known, held->seq);
      row.compared = ours.ok();
      row.differs = differs || (ours.ok() && *ours != held->id);
    }
    out.push_back(row);
  }
  return out;
}

bool Sync::ask_heads(const AgencyId& peer) {
  const auto at = links_.find(peer);
  if (at == links_.end()) return false;
  Link& link = *at->second;
  link.own_feeds.clear();
  for (const auto& [feed, known] : book_.all()) {
    if (!known.state.inside && known.knows(peer)) link.own_feeds.push_back(feed::field(feed.view()));
  }
  send_small(link);
  return true;
}

void Sync::note_held(Link& link, const FeedId& feed, const HeldRow& row) {
  const Held* const before = acks_.find(link.peer, feed);
  if (before != nullptr && before->seq > row.seq) {
    setup_.events.went_back(link.peer, feed, before->seq, row.seq);
  }
  if (row.seq == Seq{0}) {
    acks_.erase(link.peer, feed);
  } else {
    acks_.set(link.peer, feed, {row.seq, row.id});
  }
}

Status Sync::take_heads_want(Link& link, const v1::HeadsWant& want) {
  std::optional<FeedId> last;
  for (const std::string& bytes : want.feed()) {
    COMITY_TRY(const auto feed, FeedId::from(proto::as_bytes(bytes)));
    if (last && !(*last < feed)) return Error{Code::kVectorRule, "the feeds asked for do not ascend"};
    last = feed;
    const BookFeed* const known = book_.find(feed);
    if (known != nullptr && known->knows(link.peer)) link.rows_due.insert(feed);
  }
  send_rows(link);
  return {};
}

Status Sync::take_ack(Link& link, const v1::Ack& ack) {
  for (const v1::FeedHead& head : ack.head()) {
    HeldRow row{.seq = Seq{head.seq()}};
    COMITY_TRY(row.feed, FeedId::from(proto::as_bytes(head.feed())));
    if ((head.seq() == 0) != head.id().empty()) return Error{Code::kVectorRule, "an ack without an entry"};
    const BookFeed* const known = book_.find(row.feed);
    if (known == nullptr || head.seq() == 0 || !known->knows(link.peer)) continue;
    COMITY_TRY(row.id, EntryId::from(proto::as_bytes(head.id())));
    if (known->state.own) {
      take_own_row(link, *known, row);
      continue;
    }
    const Held* const before = acks_.find(link.peer, row.feed);
    if (before != nullptr && before->seq >= row.seq) continue;
    const auto ours = row.seq <= known->state.end.seq ? book_.id_at(*known, row.seq)
                                                      : Result<EntryId>(Error{Code::kEntryUnknown, {}});
    if (ours.ok() && *ours == row.id) note_held(link, row.feed, row);
  }
  return {};
}

}  // namespace comity::federation
