// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

namespace comity::storage {

/// What may go wrong with one operation of a store.
enum class Fault : std::uint8_t {
  kNone,
  kError,           ///< nothing happens, the answer is kStoreFailed
  kFullDisk,        ///< nothing happens, the answer is kStoreNoSpace, until FaultyStore::make_room()
  kUnknownApplied,  ///< it happens, the answer is kStoreUnknownResult, nothing more until
                    ///< FaultyStore::reopen()
  kUnknownLost,     ///< the same, but nothing happened
  kLate,            ///< it happens; the answer waits for FaultyStore::release_late(), those behind it too
};

enum class StoreCall : std::uint8_t {
  kCommit,
  kSnapshot,
  kRead,
  kSync,
  kChanges,
  kCheckpoint,
  kCompact,
  kVerify
};

/// Asked once for each call. Faults other than kNone and kError have a meaning for kCommit only; elsewhere
/// they count as kError. Called on the thread of the call.
using FaultPlan = std::function<Fault(StoreCall)>;

/// Gives `faults` one after the other to the calls of this kind, then none.
[[nodiscard]] FaultPlan scripted_faults(StoreCall call, std::deque<Fault> faults);

/// How often each fault strikes, in thousandths of the calls.
struct FaultRates {
  unsigned error = 0;
  unsigned full_disk = 0;
  unsigned unknown = 0;  ///< half of them applied
  unsigned late = 0;
  unsigned read_error = 0;  ///< of calls that are not commits
};

/// By chance; `next` gives 64 evenly spread bits (a seeded generator of the test).
[[nodiscard]] FaultPlan seeded_faults(const FaultRates& rates, std::function<std::uint64_t()> next);

}  // namespace comity::storage
