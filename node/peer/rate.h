// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <algorithm>
#include <cstdint>

#include "node/runtime/moment.h"

namespace comity::peer {

/// How fast something may happen: each unit takes its time, and up to `burst` of time may be taken in
/// advance (the virtual scheduling of ATM's cell rate algorithm). Any thread.
class Rate {
 public:
  Rate(runtime::Duration per_unit, runtime::Duration burst) : per_unit_(per_unit), burst_(burst) {}

  void spend(std::uint64_t units, runtime::Mono now) noexcept {
    due_ = std::max(due_, now) + per_unit_ * static_cast<std::int64_t>(units);
  }
  /// From when on more may be spent; in the past when there is room.
  [[nodiscard]] runtime::Mono free_from() const noexcept {
    return due_ == runtime::Mono::min() ? due_ : due_ - burst_;
  }

 private:
  runtime::Duration per_unit_;
  runtime::Duration burst_;
  runtime::Mono due_ = runtime::Mono::min();
};

}  // namespace comity::peer
