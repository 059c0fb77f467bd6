// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "node/runtime/nursery.h"
#include "node/runtime/pool.h"
#include "test/sim/clock.h"
#include "test/sim/network.h"
#include "test/sim/pool.h"
#include "test/sim/random.h"

namespace comity::sim {

/// The network as one machine sees it. Its host name is the machine's name.
class SimNet final : public runtime::Net {
 public:
  SimNet(World& world, std::string machine);

  runtime::Task<runtime::Result<std::unique_ptr<runtime::Stream>>> dial(runtime::Endpoint to,
                                                                        runtime::Duration timeout) override;
  /// The host of `at` is this machine's name. Port 0 gives a free one.
  runtime::Result<std::unique_ptr<runtime::Listener>> listen(const runtime::Endpoint& at) override;

 private:
  World& world_;
  std::string machine_;
  Random random_;
  std::uint16_t next_port_ = 50'000;
};

/// A computer that runs one program and can lose it at any moment. What must survive a crash lives outside
/// the program, with its caller.
class Machine {
 public:
  /// Makes the program's main task; called at every start.
  using Program = std::function<runtime::Task<void>(Machine& machine)>;
  enum class Crash {
    kReset,  ///< the program dies, the system goes on: partners see resets
    kQuiet,  ///< the machine dies: partners hear nothing
  };

  Machine(World& world, std::string name);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  /// Off before: see crash().
  ~Machine();

  [[nodiscard]] World& world() noexcept { return world_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] SimClock& clock() noexcept { return clock_; }
  [[nodiscard]] SimNet& net() noexcept { return net_; }
  [[nodiscard]] SimPool& pool() noexcept { return pool_; }
  /// What the program uses for keys and back-off. It goes on across crashes, as a real generator does.
  [[nodiscard]] Random& random() noexcept { return random_; }

  /// Starts `program`. Throws std::logic_error when one runs. An exception of any task fails the world.
  void start(const Program& program);
  /// Whether a task of the program is left.
  [[nodiscard]] bool running() const noexcept { return tasks_ && tasks_->count() != 0; }
  /// For the program: more tasks that die with it.
  [[nodiscard]] runtime::Nursery& tasks() { return *tasks_; }
  /// How often a program was started.
  [[nodiscard]] unsigned boots() const noexcept { return boots_; }

  /// Drops every task between two events: connections first, so that no last word leaves, then cancels and
  /// drains to zero without letting time pass. Tasks that stay fail the world. Harmless when off. Not from
  /// inside a task.
  void crash(Crash how);

 private:
  World& world_;
  std::string name_;
  Random random_;
  SimClock clock_;
  SimNet net_;
  SimPool pool_;
  std::unique_ptr<runtime::Nursery> tasks_;
  unsigned boots_ = 0;
};

}  // namespace comity::sim
