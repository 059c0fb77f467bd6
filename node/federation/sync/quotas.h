// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <map>
#include <set>

#include "node/federation/sync/entitlement.h"
#include "storage/store.h"

namespace comity::federation {

/// New feeds of a day that an agency may bring when nobody states another number.
inline constexpr std::uint32_t kNewFeedsADay = 256;

/// What an agency may bring us in a day of the calendar (UTC); 0: no limit, for feeds kNewFeedsADay.
struct DailyLimits {
  std::uint64_t bytes = 0;  ///< of headers, signatures and bodies
  std::uint64_t entries = 0;
  std::uint32_t feeds = 0;

  friend bool operator==(const DailyLimits&, const DailyLimits&) = default;
};

/// How much each agency has brought today. In memory, written behind: what a crash forgets of the last second
/// it may bring once more. Owner thread.
class Quotas {
 public:
  Quotas(storage::Store& store, std::function<DailyLimits(const AgencyId&)> limits)
      : store_(store), limits_(std::move(limits)) {}

  /// Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Status load();

  struct Left {
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    bool untouched = false;  ///< nothing was brought today
  };
  [[nodiscard]] Left left(const AgencyId& agency, WallTime now) const;
  /// Nothing more is taken of the agency today: its numbers are reached, or close() was called.
  [[nodiscard]] bool used_up(const AgencyId& agency, WallTime now) const;

  void count(const AgencyId& agency, std::uint64_t entries, std::uint64_t bytes, WallTime now);
  /// Takes back what was counted at `counted` and did not come in after all. Nothing once that day is over.
  /// The day is open again where the numbers allow it.
  void give_back(const AgencyId& agency, std::uint64_t entries, std::uint64_t bytes, WallTime counted,
                 WallTime now);
  /// False, and nothing is counted: it may bring no further feed today.
  [[nodiscard]] bool count_feed(const AgencyId& agency, WallTime now);
  /// What comes next does not fit in what is left: nothing more today, unless the limits change.
  void close(const AgencyId& agency, WallTime now);

  /// Until the next day begins.
  [[nodiscard]] static std::chrono::seconds until_turn(WallTime now);

  /// Writes what changed.
  void flush();

 private:
  struct Used {
    std::uint32_t day = 0;  ///< since 1970
    std::uint32_t feeds = 0;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Used today(const AgencyId& agency, WallTime now) const;
  void put(const AgencyId& agency, const Used& used);

  storage::Store& store_;
  std::function<DailyLimits(const AgencyId&)> limits_;
  std::map<AgencyId, Used> used_;
  struct Closed {
    std::uint32_t day = 0;
    DailyLimits limits{};
  };
  [[nodiscard]] DailyLimits limits_of(const AgencyId& agency) const;
  std::map<AgencyId, Closed> closed_;
  std::set<AgencyId> dirty_;
};

}  // namespace comity::federation
