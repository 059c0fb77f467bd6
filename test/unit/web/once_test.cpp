// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/once.h"

#include <doctest/doctest.h>

namespace comity::web {

TEST_CASE("a form that was sent already leads where it led") {
  Once once;
  CHECK(once.begin("a") == Once::Seen::kFirst);
  CHECK(once.begin("a") == Once::Seen::kWorking);
  once.end("a", "/t/1");
  CHECK(once.begin("a") == Once::Seen::kDone);
  CHECK(once.location("a") == "/t/1");
  CHECK(once.begin("b") == Once::Seen::kFirst);
}

TEST_CASE("a form that was refused may be sent again") {
  Once once;
  CHECK(once.begin("a") == Once::Seen::kFirst);
  once.end("a", std::nullopt);
  CHECK(once.begin("a") == Once::Seen::kFirst);
}

TEST_CASE("the oldest are forgotten, and an end that comes late does no harm") {
  Once once;
  CHECK(once.begin("first") == Once::Seen::kFirst);
  for (std::size_t i = 0; i < Once::kMost; ++i)
    CHECK(once.begin(std::to_string(i)) == Once::Seen::kFirst);
  once.end("first", "/t/1");
  CHECK(once.begin("first") == Once::Seen::kFirst);
}

}  // namespace comity::web
