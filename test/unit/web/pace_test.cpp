// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/pace.h"

#include <doctest/doctest.h>

namespace comity::web {

using namespace std::chrono_literals;

TEST_CASE("tries run out and come back over a minute") {
  Pace pace(5, 100);
  runtime::Mono now{};
  for (int i = 0; i < 5; ++i) {
    CHECK(pace.allows("a", now));
    pace.take("a", now);
  }
  CHECK_FALSE(pace.allows("a", now));
  CHECK(pace.allows("b", now));
  CHECK_FALSE(pace.allows("a", runtime::after(now, 11s)));
  CHECK(pace.allows("a", runtime::after(now, 13s)));
  pace.take("a", runtime::after(now, 13s));
  CHECK_FALSE(pace.allows("a", runtime::after(now, 13s)));
  pace.give_back("a");
  CHECK(pace.allows("a", runtime::after(now, 13s)));
  pace.forget("a");
  CHECK(pace.size() == 0);
}

TEST_CASE("many names take a bounded room, and those who guess are forgotten last") {
  Pace pace(5, 100);
  const runtime::Mono now{};
  for (int i = 0; i < 5; ++i)
    pace.take("guesser", now);
  for (int i = 0; i < 10'000; ++i)
    pace.take(std::to_string(i), now);
  CHECK(pace.size() <= 100);
  CHECK_FALSE(pace.allows("guesser", now));
}

TEST_CASE("a household with IPv6 is one network") {
  CHECK(network_of("192.0.2.7") == "192.0.2.7");
  CHECK(network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1"));
  CHECK(network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1"));
}

}  // namespace comity::web
