// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <map>

#include "node/federation/sync/feed_book.h"
#include "node/feed/projection.h"
#include "node/feed/reader.h"
#include "node/feed/withdraw.h"

namespace comity::federation {

/// kReceipts: who did what about a withdrawn entry, ourselves among them.
class Receipts final : public feed::Projection {
 public:
  [[nodiscard]] std::string_view name() const override { return "withdraw_receipts"; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] std::vector<storage::TableInfo> tables() const override;
  void apply(const feed::EntryFacts& facts, storage::Batch& rows) const override;
};

/// What each holder has reported about a WITHDRAW entry: "7 of 8 agencies confirmed". A number that this
/// version does not know is kept as it is. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<std::map<AgencyId, v1::WithdrawOutcome>> receipts_of(const storage::View& view,
                                                                          const feed::EntryRef& withdraw);

/// A receipt that we owe.
struct ReceiptDue {
  feed::EntryRef withdraw;
  feed::EntryRef target;
  SpaceId space;
  v1::WithdrawOutcome outcome = v1::WITHDRAW_OUTCOME_NONE;
};

/// Whether an agency may hide the entries of others in a space.
using MayModerate = std::function<bool(const SpaceId& space, const AgencyId& agency)>;

/// What we have to say about a stored WITHDRAW entry of another agency; nothing when it was said already.
/// Refused: neither the target's author nor a moderator asks. Errors: kEntryUnknown for the WITHDRAW itself,
/// kFeedWithheld when its body is in quarantine, kFeedDamaged and those of the store.
[[nodiscard]] Result<std::optional<ReceiptDue>> receipt_due(const storage::View& view,
                                                            const crypto::Key32& storage_key,
                                                            const AgencyId& self, const EntryId& withdraw,
                                                            const MayModerate& may_moderate);

/// The WITHDRAW entries of others that we have not answered: after a start. Needs the projection
/// feed::Withdrawals. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<std::vector<EntryId>> unanswered_withdraws(const storage::View& view,
                                                                const AgencyId& self);

}  // namespace comity::federation
