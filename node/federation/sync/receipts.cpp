// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/receipts.h"

#include "node/federation/sync/tables.h"
#include "node/feed/dispose.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::federation {
namespace {

namespace bounds = proto::bounds;

Result<v1::WithdrawOutcome> outcome_for(const storage::View& view, const crypto::Key32& storage_key,
                                        const AgencyId& by, const SpaceId& space,
                                        const feed::EntryRef& target, const MayModerate& may_moderate) {
  const feed::FeedReader reader(view, storage_key);
  const auto stored = reader.find(target);
  if (!stored.ok()) {
    if (stored.error().code == Code::kEntryUnknown) return v1::WITHDRAW_OUTCOME_NOT_HELD;
    return stored.error();
  }
  const feed::Header& header = stored->header;
  COMITY_TRY(const auto state, feed::get_feed(view, header.feed));
  // A word about an entry of another space is none.
  if (state.space != space) return v1::WITHDRAW_OUTCOME_REFUSED;
  if (header.agency != by && !may_moderate(space, by)) return v1::WITHDRAW_OUTCOME_REFUSED;
  COMITY_TRY(const auto held, feed::is_held(view, header.id));
  if (held) return v1::WITHDRAW_OUTCOME_HELD;
  COMITY_TRY(const auto withheld, reader.withheld(header.feed, header.seq));
  switch (withheld.why) {
    case feed::Withholding::kDisposed:
    case feed::Withholding::kExpired:
      return v1::WITHDRAW_OUTCOME_DISPOSED;
    case feed::Withholding::kNotReceived:
      return v1::WITHDRAW_OUTCOME_NOT_HELD;
    default:
      return v1::WITHDRAW_OUTCOME_HIDDEN;
  }
}

}  // namespace

std::vector<storage::TableInfo> Receipts::tables() const {
  return {kReceipts.info()};
}

void Receipts::apply(const feed::EntryFacts& facts, storage::Batch& rows) const {
  if (facts.header.kind != v1::KIND_WITHDRAW_RECEIPT || facts.clear_body.empty()) return;
  const auto receipt = proto::decode<v1::WithdrawReceipt>(facts.clear_body, bounds::kSealedBodyBytes);
  if (!receipt.ok()) return;
  const auto withdraw = feed::EntryRef::from(proto::as_bytes(receipt->withdraw()));
  if (!withdraw.ok()) return;
  const int outcome = receipt->outcome();
  const auto byte = static_cast<std::uint8_t>(outcome > 0 && outcome < 256 ? outcome : 255);
  rows.put(kReceipts.key(*withdraw, facts.header.agency), proto::to_be(byte));
}

Result<std::map<AgencyId, v1::WithdrawOutcome>> receipts_of(const storage::View& view,
                                                            const feed::EntryRef& withdraw) {
  std::map<AgencyId, v1::WithdrawOutcome> out;
  Status status;
  COMITY_CHECK(view.walk(kReceipts.range(withdraw), false, [&](ByteView key, ByteView value) {
    const auto place = kReceipts.parse(key);
    if (!place.ok() || value.size() != 1) {
      status = feed::damaged(kReceipts.info(), key, "the layout is another one");
      return false;
    }
    out[std::get<1>(*place)] = static_cast<v1::WithdrawOutcome>(std::to_integer<int>(value[0]));
    return true;
  }));
  COMITY_CHECK(status);
  return out;
}

Result<std::optional<ReceiptDue>> receipt_due(const storage::View& view, const crypto::Key32& storage_key,
                                              const AgencyId& self, const EntryId& withdraw,
                                              const MayModerate& may_moderate) {
  COMITY_TRY(const auto given, view.get(kReceipts.key(feed::ref_of(withdraw), self)));
  if (given) return std::optional<ReceiptDue>();
  const feed::FeedReader reader(view, storage_key);
  COMITY_TRY(const auto stored, reader.find(withdraw));
  if (stored.header.agency == self) return std::optional<ReceiptDue>();
  COMITY_TRY(const auto body, reader.body(stored.header));
  COMITY_TRY(const auto message, proto::decode<v1::Withdraw>(body, bounds::kSealedBodyBytes));
  COMITY_TRY(const auto state, feed::get_feed(view, stored.header.feed));
  ReceiptDue due{.withdraw = feed::ref_of(withdraw), .space = state.space};
  COMITY_TRY(due.target, feed::EntryRef::from(proto::as_bytes(message.target())));
  COMITY_TRY(due.outcome,
             outcome_for(view, storage_key, stored.header.agency, due.space, due.target, may_moderate));
  return std::optional(due);
}

Result<std::vector<EntryId>> unanswered_withdraws(const storage::View& view, const AgencyId& self) {
  std::vector<EntryId> asked;
  Status status;
  COMITY_CHECK(view.walk(feed::kWithdrawals.range(), false, [&](ByteView key, ByteView value) {
    const auto place = feed::kWithdrawals.parse(key);
    const auto row = feed::decode_withdrawal(key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    if (row->by != self) asked.push_back(std::get<1>(*place));
    return true;
  }));
  COMITY_CHECK(status);
  std::vector<EntryId> out;
  for (const EntryId& withdraw : asked) {
    COMITY_TRY(const auto given, view.get(kReceipts.key(feed::ref_of(withdraw), self)));
    if (!given) out.push_back(withdraw);
  }
  return out;
}

}  // namespace comity::federation
