// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/types.h"

namespace comity::feed {

/// How far ahead of our clock an entry may be before it is flagged (DESIGN 5.7).
inline constexpr std::chrono::minutes kClockTolerance{5};

/// A hybrid logical clock value: 48 bits of ms, 16 bits of counter (Kulkarni et al., 2014). Time before 1970
/// counts as 1970.
[[nodiscard]] Hlc make_hlc(WallTime time, std::uint16_t counter = 0) noexcept;
[[nodiscard]] WallTime hlc_time(Hlc hlc) noexcept;
[[nodiscard]] std::uint16_t hlc_counter(Hlc hlc) noexcept;

/// Whether `hlc` lies more than kClockTolerance ahead of `now`. Such an entry is chained and flagged, sorted
/// by the time of receipt and not merged into our clock: it never blocks a feed.
[[nodiscard]] bool is_ahead(Hlc hlc, WallTime now) noexcept;

/// Our own clock. Every value it gives is greater than all it gave and all it merged. Not thread-safe.
class HlcClock {
 public:
  HlcClock() = default;
  explicit HlcClock(Hlc last) noexcept : last_(last) {}

  [[nodiscard]] Hlc last() const noexcept { return last_; }

  /// The next value, also greater than `floor`. Follows `now` when that is later, else counts on; a full
  /// counter carries into the ms. Value 0 never occurs.
  [[nodiscard]] Hlc tick(WallTime now, Hlc floor = Hlc{0}) noexcept;

  /// Takes note of another's value. False, and nothing changes, when it is ahead().
  bool merge(Hlc other, WallTime now) noexcept;

 private:
  Hlc last_{0};
};

}  // namespace comity::feed
