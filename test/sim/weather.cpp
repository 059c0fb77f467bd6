// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/weather.h"

namespace comity::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

Weather::Weather(World& world, Machine::Program program)
    : Weather(world,
              {.crash = [](Machine& machine, Machine::Crash how) { machine.crash(how); },
               .start = [program = std::move(program)](Machine& machine) { machine.start(program); }}) {}

Weather::Weather(World& world, Power power)
    : world_(world), power_(std::move(power)), random_(world.seed(), "weather") {
  const runtime::Duration skew = world.faults().skew_most;
  for (const auto& machine : world.machines()) {
    machine->clock().set_skew(random_.between(-skew, skew));
  }
  every(&Faults::partition_every, [this] { partition(); });
  every(&Faults::crash_every, [this] { crash(); });
  every(&Faults::clog_every,
        [this] { world_.network().clog_one(random_.between(milliseconds(100), seconds(10))); });
  every(&Faults::silence_every, [this] { world_.network().silence_one(); });
}

void Weather::every(runtime::Duration Faults::*period, std::function<void()> strike) {
  const runtime::Duration mean = world_.faults().*period;
  if (mean <= runtime::Duration::zero()) return;
  world_.in(random_.between(mean / 2, mean * 3 / 2), [this, period, strike = std::move(strike)] {
    if (calm_) return;
    strike();
    every(period, strike);
  });
}

Machine& Weather::any_machine() {
  return *world_.machines()[random_.below(world_.machines().size())];
}

void Weather::partition() {
  const std::string from = any_machine().name();
  const std::string to = any_machine().name();
  if (from == to) return;
  const bool both_ways = random_.below(2) == 0;
  world_.network().partition(from, to);
  if (both_ways) world_.network().partition(to, from);
  world_.in(random_.between(milliseconds(500), seconds(20)), [this, from, to] {
    world_.network().heal(from, to);
    world_.network().heal(to, from);
  });
}

void Weather::crash() {
  Machine& machine = any_machine();
  const bool quiet = random_.below(2) == 0;
  power_.crash(machine, quiet ? Machine::Crash::kQuiet : Machine::Crash::kReset);
  world_.in(random_.between(milliseconds(10), seconds(8)), [this, &machine] {
    if (!machine.running()) power_.start(machine);
  });
}

void Weather::calm() {
  calm_ = true;
  world_.network().heal_all();
  for (const auto& machine : world_.machines()) {
    if (!machine->running()) power_.start(*machine);
  }
}

}  // namespace comity::sim
