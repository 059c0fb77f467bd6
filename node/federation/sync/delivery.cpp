// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/delivery.h"

#include <algorithm>

#include "node/federation/sync/tables.h"
#include "node/feed/reader.h"
#include "node/feed/row.h"

namespace comity::federation {
namespace {

/// The row that Acks writes.
Result<Seq> stored_ack(const storage::View& view, const AgencyId& peer, const FeedId& feed) {
  const Bytes key = kAcks.key(peer, feed);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return Seq{0};
  COMITY_TRY(auto row, feed::RowReader::open(kAcks.info(), key, *value));
  return Seq{row.number<std::uint64_t>()};
}

}  // namespace

Result<std::vector<Holder>> holders_of(const v1::Audience& audience,
                                       const std::function<Result<Seq>(const AgencyId&)>& acked) {
  std::vector<Holder> out;
  for (const v1::AudienceMember& member : audience.member()) {
    COMITY_TRY(const auto agency, AgencyId::from(proto::as_bytes(member.agency())));
    const Seq from{member.from_seq()};
    const auto known =
        std::find_if(out.begin(), out.end(), [&](const Holder& one) { return one.agency == agency; });
    if (known != out.end()) {
      known->from = std::max(known->from, from);
      continue;
    }
    COMITY_TRY(const Seq held, acked(agency));
    out.push_back({.agency = agency, .from = from, .acked = held});
  }
  return out;
}

Result<std::vector<Holder>> stored_holders(const storage::View& view, const crypto::Key32& storage_key,
                                           const FeedId& feed) {
  COMITY_TRY(const auto state, feed::find_feed(view, feed));
  const bool sent = state && state->own && !state->inside && state->end.audience_seq != Seq{0};
  if (!sent) return std::vector<Holder>();
  COMITY_TRY(const auto audience, feed::FeedReader(view, storage_key).audience(*state));
  return holders_of(audience, [&](const AgencyId& agency) { return stored_ack(view, agency, feed); });
}

Delivery delivery_of(std::span<const Holder> holders, Seq seq) {
  Delivery out;
  for (const Holder& holder : holders) {
    if (seq < holder.from) continue;
    ++out.entitled;
    if (holder.acked < seq) out.waiting.push_back(holder);
  }
  return out;
}

}  // namespace comity::federation
