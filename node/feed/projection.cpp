// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/projection.h"

#include "node/feed/hlc.h"
#include "node/feed/row.h"
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
  const auto value = static_cast<std::uint8_t>(kind >= 0 && kind < 0xff ? kind : 0xff);
  const Bytes key = kBySpace.key(facts.space, order, header.feed, header.seq);
  rows.put(key, std::move(RowWriter().number(value)).finish(key));
}

Result<v1::Kind> decode_by_space(ByteView key, ByteView value) {
  COMITY_TRY(auto row, RowReader::open(kBySpace.info(), key, value));
  const auto kind = static_cast<v1::Kind>(row.number<std::uint8_t>());
  if (!row.done()) return damaged(kBySpace.info(), key, "the layout is another one");
  return kind;
}

std::vector<storage::TableInfo> Withdrawals::tables() const {
  return {kWithdrawals.info()};
}

void Withdrawals::apply(const EntryFacts& facts, storage::Batch& rows) const {
  if (facts.header.kind != v1::KIND_WITHDRAW) return;
  const auto message = proto::decode<v1::Withdraw>(facts.clear_body, proto::bounds::kSealedBodyBytes);
  if (!message.ok()) return;
  const auto target = EntryRef::from(proto::as_bytes(message->target()));
  if (!target.ok()) return;
  const Bytes key = kWithdrawals.key(*target, facts.header.id);
  RowWriter row;
  row.bytes(facts.header.agency.view()).number(static_cast<std::uint8_t>(message->reason()));
  rows.put(key, std::move(row).finish(key));
}

Result<WithdrawalRow> decode_withdrawal(ByteView key, ByteView value) {
  COMITY_TRY(auto row, RowReader::open(kWithdrawals.info(), key, value));
  WithdrawalRow out;
  out.by = row.id<AgencyId>();
  out.reason = static_cast<v1::WithdrawReason>(row.number<std::uint8_t>());
  if (!row.done()) return damaged(kWithdrawals.info(), key, "the layout is another one");
  return out;
}

}  // namespace comity::feed
