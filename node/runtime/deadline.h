// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <utility>

#include "node/runtime/clock.h"

namespace comity::runtime {

namespace detail {

template <class T>
Task<void> keep_outcome(std::optional<Result<T>>* outcome, Task<Result<T>> work) {
  outcome->emplace(co_await std::move(work));
}

/// Runs `work` to its end and cancels it at `deadline`; true when the deadline came first.
[[nodiscard]] Task<bool> cancel_at(Clock& clock, Mono deadline, Task<void> work);

}  // namespace detail

/// The outcome of `work`, which is cancelled at `deadline` and then gives kTimedOut, unless it ended well or
/// by an error of its own at that moment. Returns only when `work` has ended, so `work` may use the caller's
/// variables. Error kCancelled when the caller was cancelled. Throws what `work` throws.
template <class T>
[[nodiscard]] Task<Result<T>> with_deadline(Clock& clock, Mono deadline, Task<Result<T>> work) {
  std::optional<Result<T>> outcome;
  const bool late =
      co_await detail::cancel_at(clock, deadline, detail::keep_outcome(&outcome, std::move(work)));
  if (!outcome) co_return Error{Code::kCancelled};
  if (late && !outcome->ok() && outcome->error().code == Code::kCancelled) co_return Error{Code::kTimedOut};
  co_return *std::move(outcome);
}

/// The same with a span from now.
template <class T>
[[nodiscard]] Task<Result<T>> with_timeout(Clock& clock, Duration timeout, Task<Result<T>> work) {
  return with_deadline(clock, after(clock.now(), timeout), std::move(work));
}

}  // namespace comity::runtime
