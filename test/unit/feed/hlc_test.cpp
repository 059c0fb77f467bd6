// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/hlc.h"

#include <doctest/doctest.h>

#include "test/unit/seeded.h"

namespace comity::feed {
namespace {
constexpr WallTime kNoon = WallTime(std::chrono::milliseconds(1'700'000'000'000));
}  // namespace

TEST_CASE("a clock value holds its ms and its counter") {
  const Hlc hlc = make_hlc(kNoon, 7);
  CHECK(hlc_time(hlc) == kNoon);
  CHECK(hlc_counter(hlc) == 7);
  CHECK(raw(make_hlc(WallTime(std::chrono::milliseconds(-5)))) == 0);
}

TEST_CASE("a clock follows the time, and counts on when the time stands still or falls back") {
  HlcClock clock;
  CHECK(clock.tick(kNoon) == make_hlc(kNoon));
  CHECK(clock.tick(kNoon) == make_hlc(kNoon, 1));
  CHECK(clock.tick(kNoon - std::chrono::hours(1)) == make_hlc(kNoon, 2));
  CHECK(clock.tick(kNoon + std::chrono::milliseconds(1)) == make_hlc(kNoon + std::chrono::milliseconds(1)));
  CHECK(clock.tick(kNoon, make_hlc(kNoon + std::chrono::seconds(2), 9)) ==
        make_hlc(kNoon + std::chrono::seconds(2), 10));
}

TEST_CASE("a full counter carries into the ms, and the clock never gives 0") {
  HlcClock clock(make_hlc(kNoon, 0xffff));
  CHECK(clock.tick(kNoon) == make_hlc(kNoon + std::chrono::milliseconds(1)));
  CHECK(raw(HlcClock().tick(WallTime())) == 1);
}

TEST_CASE("a value up to five minutes ahead is merged, one beyond is not") {
  HlcClock clock(make_hlc(kNoon));
  CHECK(clock.merge(make_hlc(kNoon + kClockTolerance), kNoon));
  CHECK(clock.last() == make_hlc(kNoon + kClockTolerance));
  CHECK_FALSE(clock.merge(make_hlc(kNoon + kClockTolerance + std::chrono::milliseconds(1)), kNoon));
  CHECK(clock.last() == make_hlc(kNoon + kClockTolerance));
  CHECK(clock.merge(make_hlc(kNoon), kNoon));
  CHECK(clock.last() == make_hlc(kNoon + kClockTolerance));
}

TEST_CASE("whatever the wall clocks do, values rise and what was merged lies behind") {
  test::SeededRandom random(11);
  HlcClock clock;
  Hlc before = clock.last();
  for (int i = 0; i < 20'000; ++i) {
    const WallTime now = kNoon + std::chrono::milliseconds(random.below(1000));
    const Hlc other = make_hlc(now + std::chrono::seconds(random.below(600)), static_cast<std::uint16_t>(i));
    const bool merged = clock.merge(other, now);
    CHECK(merged == !is_ahead(other, now));
    const Hlc value = clock.tick(now);
    REQUIRE(value > before);
    if (merged) REQUIRE(value > other);
    before = value;
  }
}

}  // namespace comity::feed
