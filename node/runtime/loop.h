// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "node/runtime/task.h"

namespace comity::runtime {

/// The event loop of the owner thread. The thread that calls run() or poll() owns protocol and state; other
/// threads hand it their results by post().
class Loop {
 public:
  enum class Threads {
    kPosting,  ///< other threads post results: a node
    kSingle,   ///< nothing but this thread ever touches it: a simulation
  };

  explicit Loop(Threads threads = Threads::kPosting);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  /// Every nursery on this loop is joined before.
  ~Loop();

  [[nodiscard]] Executor executor() const;

  /// Runs `task` and all that it spawns until it has ended; throws what it throws.
  void run(Task<void> task);

  /// The same, with a value.
  template <class T>
  [[nodiscard]] T run(Task<T> task) {
    std::optional<T> value;
    run(keep(&value, std::move(task)));
    return *std::move(value);
  }

  /// Runs `function` on the owner thread, soon; never inside post(). Any thread.
  void post(std::function<void()> function);

  /// Runs what is ready now, at most `limit` handlers, without waiting; the number it ran.
  std::size_t poll(std::size_t limit);

 private:
  template <class T>
  static Task<void> keep(std::optional<T>* value, Task<T> task) {
    value->emplace(co_await std::move(task));
  }

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace comity::runtime
