// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>

#include "node/feed/draft.h"
#include "node/feed/ref.h"
#include "storage/view.h"

namespace comity::feed {

/// Hides an entry at every holder. `note` is a packed Content of type "withdrawal" (who and in which words)
/// that only readers see; empty: none. Whether the agency has the right is judged where the entry is read.
[[nodiscard]] Draft withdraw_draft(const Header& target, v1::WithdrawReason reason, Bytes note,
                                   OnAppended done);

/// What we did about a WITHDRAW entry, for its author to see.
[[nodiscard]] Draft receipt_draft(const EntryRef& withdraw, const EntryRef& target,
                                  v1::WithdrawOutcome outcome, OnAppended done);

struct Withdrawn {
  EntryId withdraw;
  AgencyId by;
  v1::WithdrawReason reason = v1::WITHDRAW_REASON_NONE;
};

/// The word by which `target` is hidden, if there is one: its own agency's, or that of an agency for which
/// `may_moderate` holds in that space. Needs the projection Withdrawals. Errors: kFeedDamaged and those of
/// the store.
[[nodiscard]] Result<std::optional<Withdrawn>> withdrawn(
    const storage::View& view, const Header& target,
    const std::function<bool(const AgencyId&)>& may_moderate);

}  // namespace comity::feed
