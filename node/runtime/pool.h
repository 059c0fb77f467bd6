// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "node/runtime/task.h"

namespace comity::runtime {

/// Workers for pure functions: signatures, hashing, compression, rendering. A job holds its own copies and
/// touches no shared state. Owner thread only.
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  virtual ~Pool() = default;

  /// Runs `function` on a worker; the awaiting coroutine goes on in its own thread with the value, or with
  /// the exception that the function threw. Cancellation does not cut a job short: a job takes milliseconds.
  template <class Function>
  [[nodiscard]] Task<std::invoke_result_t<Function&>> run(Function function) {
    using Value = std::invoke_result_t<Function&>;
    if constexpr (std::is_void_v<Value>) {
      std::function<void()> job = std::ref(function);
      co_await execute(std::move(job));
    } else {
      std::optional<Value> value;
      std::function<void()> job = [&value, &function] { value.emplace(function()); };
      co_await execute(std::move(job));
      co_return std::move(*value);
    }
  }

 private:
  /// Calls `job` on a worker, then resumes the caller; rethrows what `job` threw. Not cancellable, so `job`
  /// may refer to the caller's frame.
  [[nodiscard]] virtual Task<void> execute(std::function<void()> job) = 0;
};

}  // namespace comity::runtime
