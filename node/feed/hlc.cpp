// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/hlc.h"

#include <algorithm>

namespace comity::feed {
namespace {
constexpr unsigned kCounterBits = 16;
constexpr std::uint64_t kMostMillis = (std::uint64_t{1} << 48U) - 1;
}  // namespace

Hlc make_hlc(WallTime time, std::uint16_t counter) noexcept {
  const std::int64_t ms = std::max<std::int64_t>(0, time.time_since_epoch().count());
  return Hlc{(std::min(static_cast<std::uint64_t>(ms), kMostMillis) << kCounterBits) | counter};
}

WallTime hlc_time(Hlc hlc) noexcept {
  return from_millis(raw(hlc) >> kCounterBits);
}

std::uint16_t hlc_counter(Hlc hlc) noexcept {
  return static_cast<std::uint16_t>(raw(hlc));
}

bool is_ahead(Hlc hlc, WallTime now) noexcept {
  return hlc_time(hlc) > now + kClockTolerance;
}

Hlc HlcClock::tick(WallTime now, Hlc floor) noexcept {
  last_ = std::max(make_hlc(now), Hlc{std::max(raw(last_), raw(floor)) + 1});
  return last_;
}

bool HlcClock::merge(Hlc other, WallTime now) noexcept {
  if (is_ahead(other, now)) return false;
  last_ = std::max(last_, other);
  return true;
}

}  // namespace comity::feed
