// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <vector>

#include "test/sim/machine.h"

namespace comity::sim {

/// Makes the timed faults of a world happen: partitions that heal, clogs, half-open connections, crashes with
/// restarts, wrong calendars. It lives until the world has ended or calm() was called.
class Weather {
 public:
  /// How machines die and come back.
  struct Power {
    std::function<void(Machine&, Machine::Crash)> crash;
    std::function<void(Machine&)> start;  ///< of one that does not run
  };

  /// Crashed machines start `program` again after a while.
  Weather(World& world, Machine::Program program);
  /// The same for machines whose disk has something to say in it.
  Weather(World& world, Power power);

  /// Heals all partitions, starts what is down, and makes nothing happen any more. Half-open connections
  /// stay: those are for the nodes to find out.
  void calm();

 private:
  void every(runtime::Duration Faults::*period, std::function<void()> strike);
  void partition();
  void crash();
  [[nodiscard]] Machine& any_machine();

  World& world_;
  Power power_;
  Random random_;
  bool calm_ = false;
};

}  // namespace comity::sim
