// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/world.h"

#include <stdexcept>

#include "test/sim/machine.h"
#include "test/sim/network.h"

namespace comity::sim {
namespace {

// Worlds begin away from zero, so that a moment somebody forgot to set is seen as long past.
constexpr runtime::Mono kBeginning{std::chrono::hours(1)};
constexpr runtime::Wall kBeginningOnCalendar{std::chrono::sys_days(std::chrono::year(2030) / 1 / 1)};

// More handlers than any honest reaction to one event: beyond, tasks wake each other without waiting.
constexpr std::size_t kMostHandlersPerEvent = 200'000;

}  // namespace

World::World(std::uint64_t seed, Faults faults, std::size_t events_kept)
    : seed_(seed),
      faults_(faults),
      now_(kBeginning),
      trace_(events_kept),
      loop_(runtime::Loop::Threads::kSingle),
      network_(std::make_unique<Network>(*this)) {}

World::~World() {
  for (const auto& machine : machines_)
    machine->crash(Machine::Crash::kQuiet);
  machines_.clear();
  events_.clear();
  network_.reset();
}

runtime::Wall World::wall_now() const noexcept {
  return kBeginningOnCalendar + std::chrono::floor<runtime::Wall::duration>(now_ - kBeginning);
}

Machine& World::add_machine(std::string name) {
  machines_.push_back(std::make_unique<Machine>(*this, std::move(name)));
  return *machines_.back();
}

World::EventId World::at(runtime::Mono when, Action action) {
  const EventId id{std::max(when, now_), next_sequence_++};
  events_.emplace(id, std::move(action));
  return id;
}

void World::settle() {
  if (running_tasks_) throw std::logic_error("a task may not run the world that runs it");
  running_tasks_ = true;
  const std::size_t count = loop_.poll(kMostHandlersPerEvent);
  running_tasks_ = false;
  if (count == kMostHandlersPerEvent) {
    fail("tasks run on and on while no time passes; does one ignore kCancelled?");
    throw std::logic_error(*failure_);
  }
}

bool World::step() {
  settle();
  if (events_.empty()) return false;
  auto event = events_.extract(events_.begin());
  now_ = event.key().when;
  event.mapped()();
  settle();
  return true;
}

bool World::run_until(const std::function<bool()>& done, runtime::Mono deadline) {
  settle();
  while (!failure_ && !done()) {
    if (events_.empty() || events_.begin()->first.when > deadline) {
      now_ = std::max(now_, deadline);
      return false;
    }
    step();
  }
  return !failure_;
}

void World::run_for(runtime::Duration span) {
  run_until([] { return false; }, runtime::after(now_, span));
}

void World::fail(std::string reason) {
  if (!failure_) failure_ = std::move(reason);
}

}  // namespace comity::sim
