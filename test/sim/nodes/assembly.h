// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "test/sim/nodes/agency.h"
#include "test/sim/nodes/tap.h"

namespace comity::sim::nodes {

/// A world of agencies and the tap between them.
class Assembly {
 public:
  Assembly(std::uint64_t seed, std::size_t count, const Faults& faults);
  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;
  ~Assembly();

  [[nodiscard]] World& world() noexcept { return *world_; }
  [[nodiscard]] WireTap& tap() noexcept { return tap_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Agency>>& agencies() const noexcept { return agencies_; }
  [[nodiscard]] Agency& at(std::size_t index) { return *agencies_.at(index); }
  [[nodiscard]] Agency* find(const AgencyId& id) noexcept;
  [[nodiscard]] std::string name_of(const AgencyId& id) noexcept;

  void crash_all();
  /// Steps until `done`, a failure, or `span` has passed. Machines whose disk was cut off die meanwhile, and
  /// come back.
  bool run_until(const std::function<bool()>& done, runtime::Duration span);
  void run_for(runtime::Duration span) {
    run_until([] { return false; }, span);
  }
  /// The agency starts again after a while.
  void start_later(Agency& agency, runtime::Duration least, runtime::Duration most);
  /// Machines do not come back by themselves any more, but for those that are due.
  void stay_down(Agency& agency) { staying_down_.insert(&agency); }
  [[nodiscard]] bool stays_down(Agency& agency) const { return staying_down_.contains(&agency); }

 private:
  WireTap tap_;
  std::unique_ptr<World> world_;
  Random random_;
  std::vector<std::unique_ptr<Agency>> agencies_;
  std::set<Agency*> staying_down_;
};

}  // namespace comity::sim::nodes
