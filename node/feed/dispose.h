// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <vector>

#include "node/feed/entry_rows.h"
#include "storage/store.h"

namespace comity::feed {

/// Rows that put an entry under legal hold, or lift that. A hold stops disposal and expiry, whatever asks for
/// them. They join the batch of the audit event that records the decision.
void put_hold(storage::Batch& batch, const EntryId& entry, std::string_view reason, WallTime now);
void lift_hold(storage::Batch& batch, const EntryId& entry);
[[nodiscard]] Result<bool> is_held(const storage::View& view, const EntryId& entry);

/// Bodies that are to be erased, and how.
struct Disposal {
  storage::Batch rows{};                 ///< to be committed, alone or with an audit event
  std::vector<storage::Range> erased{};  ///< to be compacted after the commit
  std::vector<Bytes> pending{};          ///< rows that remember it until that is done
  std::vector<EntryId> entries{};        ///< whose bodies go
  std::vector<EntryId> held{};           ///< stay, by a legal hold
};

/// The most entries of one disposal.
inline constexpr std::size_t kMostDisposed = 500;

/// Plans to erase key and body of each entry; the header stays. Asked for by the records role. The batch
/// fails with kStoreGuardFailed when a hold is placed in between. Errors: kEntryUnknown; kFeedNotDisposable
/// for kinds whose body the protocol itself needs; kStoreBounds above kMostDisposed.
[[nodiscard]] Result<Disposal> plan_disposal(const storage::View& view, std::span<const EntryId> entries,
                                             WallTime now);

/// The same for bodies whose expiry has come, at most `limit` of them; without any message. Called on a
/// timer.
[[nodiscard]] Result<Disposal> plan_expiry(const storage::View& view, WallTime now, std::size_t limit);

/// Rewrites the files so that what was erased is in none of them. Errors: those of Store::compact();
/// kStoreViewsOpen asks to be called again once older views are closed.
[[nodiscard]] Status scrub(storage::Store& store, const Disposal& disposal);

/// Finishes what an interrupted disposal left in the files; at each start, and after kStoreViewsOpen. Errors
/// as scrub(); the count of bodies.
[[nodiscard]] Result<std::uint64_t> resume_scrubs(storage::Store& store);

/// Commits and scrubs, waiting for both.
[[nodiscard]] Status dispose(storage::Store& store, Disposal disposal);

}  // namespace comity::feed
