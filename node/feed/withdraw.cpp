// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/withdraw.h"

#include "node/feed/projection.h"
#include "node/feed/tables.h"
#include "proto/decode.h"

namespace comity::feed {

Draft withdraw_draft(const Header& target, v1::WithdrawReason reason, Bytes note, OnAppended done) {
  v1::Withdraw message;
  message.set_target(field(ref_of(target.id).view()));
  message.set_reason(reason);
  return half_clear_draft(
      v1::KIND_WITHDRAW, std::move(note),
      [message](const Bytes& sealed) {
        v1::Withdraw whole = message;
        whole.set_sealed_note(field(sealed));
        return proto::encode(whole);
      },
      std::move(done));
}

Draft receipt_draft(const EntryRef& withdraw, const EntryRef& target, v1::WithdrawOutcome outcome,
                    OnAppended done) {
  v1::WithdrawReceipt message;
  message.set_withdraw(field(withdraw.view()));
  message.set_target(field(target.view()));
  message.set_outcome(outcome);
  return clear_draft(v1::KIND_WITHDRAW_RECEIPT, proto::encode(message), std::move(done));
}

Result<std::optional<Withdrawn>> withdrawn(const storage::View& view, const Header& target,
                                           const std::function<bool(const AgencyId&)>& may_moderate) {
  std::optional<Withdrawn> found;
  Status status;
  COMITY_CHECK(view.walk(kWithdrawals.range(ref_of(target.id)), false, [&](ByteView key, ByteView value) {
    const auto place = kWithdrawals.parse(key);
    const auto row = decode_withdrawal(key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    if (row->by != target.agency && !may_moderate(row->by)) return true;
    found = Withdrawn{std::get<1>(*place), row->by, row->reason};
    return false;
  }));
  COMITY_CHECK(status);
  return found;
}

}  // namespace comity::feed
