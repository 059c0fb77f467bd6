// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "node/runtime/moment.h"
#include "node/runtime/task.h"

namespace comity::runtime {

class Clock;

/// The owner of running tasks: nothing runs without one. It is cancelled and joined before it is destroyed;
/// destroying it with living tasks, or with an exception that nobody has seen, ends the program, because
/// those tasks would go on with dangling references. Owner thread only.
class Nursery {
 public:
  /// Told of a task that ended by an exception.
  using OnFailure = std::function<void(const std::string& name, std::exception_ptr failure)>;

  /// One for all: the first exception of a task cancels the others, and join() throws it.
  explicit Nursery(Executor executor);

  /// Each for itself: `on_failure` hears of every exception, the other tasks go on, join() throws nothing.
  Nursery(Executor executor, OnFailure on_failure);

  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;
  ~Nursery();

  /// Starts `task` at the next turn of the loop. False after cancel(): the task is then destroyed unstarted.
  /// `name` stands in failure reports.
  bool spawn(std::string name, Task<void> task);

  /// Asks every task to stop: what it waits for ends with kCancelled, now and from then on. Later spawns are
  /// refused. Idempotent, returns at once; tasks end in their own time.
  void cancel() noexcept;
  [[nodiscard]] bool cancelled() const noexcept;

  /// Tasks that have not ended.
  [[nodiscard]] std::size_t count() const noexcept;

  /// Waits until no task is left, whatever happens; when the caller is cancelled meanwhile, so are the tasks.
  /// Throws the first exception of a "one for all" nursery, once.
  [[nodiscard]] Task<void> join();

  /// Waits until no task is left, without stopping any. Error kCancelled: tasks may be left.
  [[nodiscard]] Task<Status> idle();

  /// The orderly end: lets the tasks end by themselves for `grace`, then cancels, then joins.
  [[nodiscard]] Task<void> close(Clock& clock, Duration grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace comity::runtime
