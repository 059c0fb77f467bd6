// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/projection.h"

#include "node/feed/hlc.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::feed {

std::vector<storage::TableInfo> BySpace::tables() const {
  return {kBySpace.info()};
}

void BySpace::apply(const EntryFacts& facts, storage::Batch& rows) const {
  const Header& header = facts.header;
  const Hlc order = facts.ahead ? make_hlc(facts.received) : header.hlc;
  // A kind that is beyond a byte is unknown to every reader alike.
  const int kind = header.kind;
  const std::byte value{static_cast<std::uint8_t>(kind >= 0 && kind < 0xff ? kind : 0xff)};
  rows.put(kBySpace.key(facts.space, order, header.feed, header.seq), ByteView(&value, 1));
}

std::vector<storage::TableInfo> Withdrawals::tables() const {
  return {kWithdrawals.info()};
}

void Withdrawals::apply(const EntryFacts& facts, storage::Batch& rows) const {
  if (facts.header.kind != v1::KIND_WITHDRAW) return;
  const auto message = proto::decode<v1::Withdraw>(facts.clear_body, proto::bounds::kSealedBodyBytes);
  if (!message.ok()) return;
  const auto target = EntryId::from(proto::as_bytes(message->target()));
  if (!target.ok()) return;
  Bytes value = proto::to_bytes(facts.header.agency.view());
  value.push_back(static_cast<std::byte>(message->reason()));
  rows.put(kWithdrawals.key(*target, facts.header.id), value);
}

}  // namespace comity::feed
