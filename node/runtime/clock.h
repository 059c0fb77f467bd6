// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/runtime/moment.h"
#include "node/runtime/task.h"

namespace comity::runtime {

/// The only source of time. now() and wall_now() may be called from any thread, the rest from the owner
/// thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual Mono now() const noexcept = 0;
  [[nodiscard]] virtual Wall wall_now() const noexcept = 0;

  /// Waits until `when`; a moment that has passed still lets others run once. Error kCancelled.
  [[nodiscard]] virtual Task<Status> sleep_until(Mono when) = 0;

  /// Waits for `span`. Error kCancelled.
  [[nodiscard]] Task<Status> sleep_for(Duration span) { return sleep_until(after(now(), span)); }
};

}  // namespace comity::runtime
