// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <utility>

#include "node/federation/types.h"

namespace comity::federation {

/// How often a day a peer may have this node write down what it sent: agreements, addresses, keys, refusals.
/// Each costs a synced write and most an event of the audit log, which is never trimmed; no quota of content
/// counts them. Kept in memory: a restart gives a day anew. Owner thread.
class RecordBudget {
 public:
  /// An operator changes agreements and addresses a few times in a year; two that negotiate, in an hour.
  static constexpr std::uint32_t kMostADay = 100;

  [[nodiscard]] bool left(const AgencyId& peer, WallTime now) const {
    const auto at = used_.find(peer);
    return at == used_.end() || at->second.day != day_of(now) || at->second.count < kMostADay;
  }
  void use(const AgencyId& peer, WallTime now) {
    Used& used = used_[peer];
    if (used.day != day_of(now)) used = {.day = day_of(now)};
    ++used.count;
  }
  /// That it is used up is itself written down: true once a day.
  [[nodiscard]] bool first_refusal(const AgencyId& peer, WallTime now) {
    Used& used = used_[peer];
    return used.day == day_of(now) && !std::exchange(used.told, true);
  }

 private:
  static std::chrono::sys_days day_of(WallTime now) { return std::chrono::floor<std::chrono::days>(now); }
  struct Used {
    std::chrono::sys_days day{};
    std::uint32_t count = 0;
    bool told = false;
  };
  std::map<AgencyId, Used> used_{};
};

}  // namespace comity::federation
