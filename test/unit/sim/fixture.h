// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <utility>

#include "node/runtime/nursery.h"
#include "test/sim/machine.h"
#include "test/sim/world.h"

namespace comity::sim {

/// The two ends of a fresh connection from one machine to another, in whatever weather holds.
struct Ends {
  std::unique_ptr<runtime::Stream> caller;
  std::unique_ptr<runtime::Stream> called;
};

inline Ends connect(World& world, const std::string& from, const std::string& to) {
  const runtime::Endpoint at = runtime::Endpoint::make(to, 1000).value();
  const auto door = world.network().open_door(at).value();
  Ends ends;
  ends.caller = std::move(world.network().knock(from, at)).value();
  ends.called = std::move(door->waiting.front());
  door->waiting.pop_front();
  world.network().close_door(at);
  return ends;
}

/// A world with two machines and one nursery for the tasks of a test.
struct Two {
  explicit Two(std::uint64_t seed = 1, Faults faults = {})
      : world(seed, faults), a(world.add_machine("a")), b(world.add_machine("b")), tasks(world.executor()) {}
  Two(const Two&) = delete;
  Two& operator=(const Two&) = delete;
  ~Two() {
    tasks.cancel();
    world.settle();
  }

  World world;
  Machine& a;
  Machine& b;
  runtime::Nursery tasks;
};

}  // namespace comity::sim
