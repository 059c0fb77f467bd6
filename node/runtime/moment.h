// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <cstdint>

namespace comity::runtime {

using Duration = std::chrono::nanoseconds;

/// The time line of Clock::now(). It has no now() of its own: only a Clock can tell the time.
struct MonoTimeline {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonoTimeline, Duration>;
  static constexpr bool is_steady = true;
};

/// A moment on the clock that never jumps; its zero means nothing outside the process. For deadlines and
/// ages.
using Mono = MonoTimeline::time_point;

/// A moment on the calendar, UTC, microseconds since 1970; may jump when the machine's clock is set. For what
/// people read and for the hybrid logical clock, never for deadlines.
using Wall = std::chrono::sys_time<std::chrono::microseconds>;

/// The end of time: a deadline that never comes.
inline constexpr Mono kNever = Mono::max();

/// `start` + `span`, held at the ends of the time line instead of overflowing.
[[nodiscard]] constexpr Mono after(Mono start, Duration span) noexcept {
  if (span > Duration::zero() && start > kNever - span) return kNever;
  if (span < Duration::zero() && start < Mono::min() - span) return Mono::min();
  return start + span;
}

}  // namespace comity::runtime
