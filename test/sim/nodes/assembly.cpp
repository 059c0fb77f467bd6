// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/assembly.h"

#include <array>
#include <stdexcept>

namespace comity::sim::nodes {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<const char*, 8> kNames{"health",  "finance", "justice", "labour",
                                            "defence", "energy",  "culture", "customs"};
constexpr std::size_t kEventsKept = 400;

}  // namespace

Assembly::Assembly(std::uint64_t seed, std::size_t count, const Faults& faults)
    : world_(std::make_unique<World>(seed, faults, kEventsKept)), random_(seed, "assembly") {
  if (count > kNames.size()) throw std::invalid_argument("more agencies than names");
  for (std::size_t i = 0; i < count; ++i) {
    agencies_.push_back(std::make_unique<Agency>(*world_, kNames.at(i)));
    tap_.introduce(agencies_.back()->id(), agencies_.back()->transport());
  }
}

Assembly::~Assembly() {
  crash_all();
  world_.reset();
}

void Assembly::crash_all() {
  for (const auto& agency : agencies_)
    agency->crash(Machine::Crash::kQuiet);
}

Agency* Assembly::find(const AgencyId& id) noexcept {
  for (const auto& agency : agencies_)
    if (agency->id() == id) return agency.get();
  return nullptr;
}

std::string Assembly::name_of(const AgencyId& id) noexcept {
  Agency* const agency = find(id);
  return agency == nullptr ? id.hex().substr(0, 8) : agency->name();
}

bool Assembly::run_until(const std::function<bool()>& done, runtime::Duration span) {
  const auto broken_or_done = [&] {
    for (const auto& agency : agencies_) {
      if (!agency->disk().cut()) continue;
      agency->crash(random_.below(2) == 0 ? Machine::Crash::kQuiet : Machine::Crash::kReset);
      start_later(*agency, milliseconds(100), seconds(8));
    }
    return done();
  };
  return world_->run_until(broken_or_done, runtime::after(world_->now(), span));
}

void Assembly::start_later(Agency& agency, runtime::Duration least, runtime::Duration most) {
  world_->in(random_.between(least, most), [this, &agency] {
    if (!agency.machine().running() && !staying_down_.contains(&agency)) agency.start();
  });
}

}  // namespace comity::sim::nodes
