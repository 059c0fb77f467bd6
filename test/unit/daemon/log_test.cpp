// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/log.h"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace comity::daemon {

TEST_CASE("a line is code, message and pairs") {
  CHECK(log_text("CMY-1640", "the clock is far off",
                 {{"seen", "2026-11-23T10:04:11Z"}, {"file", "/srv/a b"}}) ==
        R"(CMY-1640 the clock is far off seen=2026-11-23T10:04:11Z file="/srv/a b")");
  CHECK(log_text({}, "started", {}) == "started");
}

TEST_CASE("no value can begin another line, another pair, or move the terminal") {
  for (const std::string value :
       {"a\nfake line", "a\rb", "x level=error", "\x1b[2J", "quote\"d", "back\\slash", "", "\x7f", "a\tb"}) {
    const std::string line = log_text({}, "refused", {{"name", value}});
    CAPTURE(line);
    CHECK(line.starts_with("refused name=\""));
    CHECK(line.ends_with("\""));
    for (const char c : line)
      CHECK(static_cast<unsigned char>(c) >= 0x20);
    const auto object = boost::json::parse("{" + log_json({}, "refused", {{"name", value}}) + "}");
    CHECK(object.at("name").as_string() == std::string_view(value));
  }
}

TEST_CASE("a JSON line holds the same members") {
  const auto object = boost::json::parse("{" + log_json("CMY-1640", "far off", {{"seen", "now"}}) + "}");
  CHECK(object == boost::json::parse(R"({"code":"CMY-1640","msg":"far off","seen":"now"})"));
}

}  // namespace comity::daemon
