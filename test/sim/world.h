// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/runtime/loop.h"
#include "node/runtime/moment.h"
#include "test/sim/faults.h"
#include "test/sim/random.h"
#include "test/sim/trace.h"

namespace comity::sim {

class Machine;
class Network;

/// Many machines under one clock in one thread. Everything that takes time is an event in one queue, ordered
/// by (time, sequence number); between two events all tasks run until none is ready. Nothing else lets time
/// pass, so a seed always replays. Destroying a world cancels and drains its machines first.
class World {
 public:
  /// A place in the event queue. The sequence number keeps ties in the order in which they were made.
  struct EventId {
    runtime::Mono when;
    std::uint64_t sequence = 0;
    friend auto operator<=>(const EventId&, const EventId&) = default;
  };
  using Action = std::function<void()>;

  explicit World(std::uint64_t seed, Faults faults = {}, std::size_t events_kept = 200);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  /// The weather; a change holds for what happens from now on.
  [[nodiscard]] Faults& faults() noexcept { return faults_; }
  [[nodiscard]] runtime::Mono now() const noexcept { return now_; }
  /// The true calendar; machines may be off.
  [[nodiscard]] runtime::Wall wall_now() const noexcept;
  [[nodiscard]] runtime::Executor executor() const { return loop_.executor(); }
  /// For what posts to its own loop.
  [[nodiscard]] runtime::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] Network& network() noexcept { return *network_; }
  [[nodiscard]] const Trace& trace() const noexcept { return trace_; }

  /// A new machine, switched off. Throws std::invalid_argument for a name that is taken or no host name.
  Machine& add_machine(std::string name);
  [[nodiscard]] const std::vector<std::unique_ptr<Machine>>& machines() const noexcept { return machines_; }

  /// Calls `action` at `when`, or now if that has passed. It runs between tasks, never inside one.
  EventId at(runtime::Mono when, Action action);
  EventId in(runtime::Duration span, Action action) {
    return at(runtime::after(now_, span), std::move(action));
  }
  /// Takes an event out again; false when it has happened.
  bool forget(const EventId& id) { return events_.erase(id) != 0; }

  void record(Kind kind, std::string_view from, std::string_view to, std::uint64_t number = 0,
              proto::ByteView data = {}) {
    trace_.add(now_, kind, from, to, number, data);
  }

  /// Runs what is ready, then the next event with what it wakes. False when there is no event.
  bool step();
  /// Steps until `done`, a failure, or `deadline`; whether `done` holds. Time stands at the deadline if
  /// reached.
  bool run_until(const std::function<bool()>& done, runtime::Mono deadline);
  void run_for(runtime::Duration span);
  /// Runs what is ready; lets no time pass. Tasks that never wait are a failure, and throw std::logic_error.
  void settle();

  /// Reports a broken promise. The first one is kept and stops run_until().
  void fail(std::string reason);
  [[nodiscard]] const std::optional<std::string>& failure() const noexcept { return failure_; }

 private:
  std::uint64_t seed_;
  Faults faults_;
  runtime::Mono now_;
  Trace trace_;
  std::optional<std::string> failure_;
  runtime::Loop loop_;
  std::map<EventId, Action> events_;
  std::uint64_t next_sequence_ = 0;
  bool running_tasks_ = false;
  std::unique_ptr<Network> network_;
  std::vector<std::unique_ptr<Machine>> machines_;
};

/// An event that leaves the queue with its owner: a coroutine holds one in its frame while it waits, so a
/// cancelled or destroyed waiter can never be called.
class Scheduled {
 public:
  Scheduled(World& world, runtime::Mono when, World::Action action)
      : world_(world), id_(world.at(when, std::move(action))) {}
  Scheduled(const Scheduled&) = delete;
  Scheduled& operator=(const Scheduled&) = delete;
  ~Scheduled() { world_.forget(id_); }

 private:
  World& world_;
  World::EventId id_;
};

}  // namespace comity::sim
