// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/acks.h"

#include "node/federation/sync/tables.h"
#include "node/feed/row.h"

namespace comity::federation {
namespace {

constexpr std::size_t kFlushRows = 4096;

}  // namespace

Status Acks::load() {
  COMITY_TRY(const auto view, store_.snapshot());
  Status status;
  rows_.clear();
  dirty_.clear();
  COMITY_CHECK(view->walk(kAcks.range(), false, [&](ByteView key, ByteView value) {
    const auto place = kAcks.parse(key);
    auto row = feed::RowReader::open(kAcks.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    Held held;
    held.seq = Seq{row->number<std::uint64_t>()};
    held.id = row->id<EntryId>();
    if (!row->done()) {
      status = feed::damaged(kAcks.info(), key, "the layout is another one");
      return false;
    }
    rows_[std::get<0>(*place)][std::get<1>(*place)] = held;
    return true;
  }));
  return status;
}

const Acks::Row& Acks::of(const AgencyId& peer) const {
  static const Row kNone;
  const auto at = rows_.find(peer);
  return at == rows_.end() ? kNone : at->second;
}

const Held* Acks::find(const AgencyId& peer, const FeedId& feed) const {
  const Row& row = of(peer);
  const auto at = row.find(feed);
  return at == row.end() ? nullptr : &at->second;
}

void Acks::set(const AgencyId& peer, const FeedId& feed, const Held& held) {
  Held& place = rows_[peer][feed];
  if (place == held) return;
  place = held;
  dirty_.emplace(peer, feed);
}

void Acks::erase(const AgencyId& peer, const FeedId& feed) {
  const auto at = rows_.find(peer);
  if (at == rows_.end() || at->second.erase(feed) == 0) return;
  dirty_.emplace(peer, feed);
}

void Acks::flush() {
  storage::Batch batch;
  while (!dirty_.empty() && batch.op_count() < kFlushRows) {
    const auto [peer, feed] = *dirty_.begin();
    dirty_.erase(dirty_.begin());
    const Bytes key = kAcks.key(peer, feed);
    if (const Held* held = find(peer, feed)) {
      feed::RowWriter row;
      row.number(raw(held->seq)).bytes(held->id.view());
      batch.put(key, std::move(row).finish(key));
    } else {
      batch.erase(key);
    }
  }
  if (batch.empty()) return;
  store_.submit(std::move(batch), storage::Durability::kBuffered, [](const auto&) {});
}

std::vector<HeldRow> Acks::agreed(const AgencyId& peer, const FeedBook& book) const {
  std::vector<HeldRow> rows;
  for (const auto& [feed, theirs] : of(peer)) {
    const BookFeed* const known = book.find(feed);
    if (known == nullptr) continue;
    const feed::ChainEnd& end = known->state.end;
    if (end.seq == Seq{0} || theirs.seq == Seq{0}) continue;
    const bool ahead = theirs.seq > end.seq;
    rows.push_back({feed, ahead ? end.seq : theirs.seq, ahead ? end.id : theirs.id, {}});
  }
  return rows;
}

}  // namespace comity::federation
