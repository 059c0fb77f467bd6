// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/moments.h"

#include <map>

#include <doctest/doctest.h>

#include "node/web/look/words.h"

namespace comity::web {
namespace {

Seconds at(std::string_view text) {
  return read_moment(text).value();
}

}  // namespace

TEST_CASE("moments are read from RFC 3339 in UTC and from nothing else") {
  CHECK(at("1970-01-02T00:00:01Z").time_since_epoch().count() == 86401);
  CHECK(at("2026-03-29T01:30:00.250Z") == at("2026-03-29T01:30:00Z"));
  for (const char* const bad : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                                "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+01:00", "-026-01-01T00:00:00Z"})
    CHECK_FALSE(read_moment(bad));
}

TEST_CASE("a zone follows its rules, summer and winter") {
  const Zone oslo = Zone::named("Europe/Oslo");
  const Seconds now = at("2026-07-01T12:00:00Z");
  const auto summer = shown_moment("2026-03-29T01:00:00Z", oslo, now, english());
  CHECK(summer.absolute == "Sun 29 March 2026, 03:00 CEST");
  CHECK(shown_moment("2026-03-29T00:59:59Z", oslo, now, english()).absolute ==
        "Sun 29 March 2026, 01:59 CET");
  CHECK(shown_moment("2026-01-15T23:30:00Z", oslo, now, english()).absolute ==
        "Fri 16 January 2026, 00:30 CET");
  for (const char* const bad : {"", "../../etc/passwd", "/etc/passwd", "Europe/Nowhere", "Europe", "UTC\n"})
    CHECK(shown_moment("2026-01-15T23:30:00Z", Zone::named(bad), now, english()).absolute ==
          "Thu 15 January 2026, 23:30 UTC");
}

TEST_CASE("a zone file that is none is refused") {
  CHECK_FALSE(Zone::read(""));
  CHECK_FALSE(Zone::read("TZif2"));
  std::string vast(44, '\0');
  vast.replace(0, 5, "TZif2");
  vast.replace(32, 4, "\x7f\xff\xff\xff");
  CHECK_FALSE(Zone::read(vast));
}

TEST_CASE("what is near is told as people do, what is far by its date") {
  const Seconds now = at("2026-03-05T15:00:00Z");
  const auto told = [&](std::string_view text) { return shown_moment(text, {}, now, english()).relative; };
  CHECK(told("2026-03-05T14:59:30Z") == "just now");
  CHECK(told("2026-03-05T14:59:00Z") == "a minute ago");
  CHECK(told("2026-03-05T14:15:00Z") == "45 minutes ago");
  CHECK(told("2026-03-05T13:00:00Z") == "2 hours ago");
  CHECK(told("2026-03-05T07:05:00Z") == "today, 07:05");
  CHECK(told("2026-03-04T09:00:00Z") == "yesterday, 09:00");
  CHECK(told("2026-03-03T09:00:00Z") == "3 March");
  CHECK(told("2025-03-03T09:00:00Z") == "3 March 2025");
  CHECK(told("2026-03-09T09:00:00Z") == "9 March 2026");
}

TEST_CASE("as long as its step stays the same, a moment is told in the same words") {
  const Zone zones[] = {Zone(), Zone::named("Europe/Oslo"), Zone::named("Pacific/Kiritimati")};
  const std::string texts[] = {"2026-03-05T14:15:00Z", "2025-12-31T23:30:00.123Z", "2026-01-01T00:10:00Z",
                               "no moment"};
  for (const Zone& zone : zones) {
    for (const std::string& text : texts) {
      std::map<std::int64_t, std::string> said;
      // From before it to long after, in steps that meet all kinds of words.
      for (Seconds now = at("2025-12-31T20:00:00Z"); now < at("2026-03-08T00:00:00Z");
           now += std::chrono::seconds(now < at("2026-01-02T00:00:00Z") ? 29 : 907)) {
        const std::int64_t step = age_step(text, now, local_day(zone, now));
        const ShownMoment shown = shown_moment(text, zone, now, english());
        const auto [known, fresh] = said.emplace(step, shown.absolute + shown.relative);
        if (known->second != shown.absolute + shown.relative) FAIL_CHECK(text);
      }
      CHECK(said.size() >= (text == "no moment" ? 1U : 5U));
    }
  }
}

TEST_CASE("zones are known by their names, however many are asked for") {
  for (int i = 0; i < 200; ++i)
    CHECK(Zone::named("Nowhere/N" + std::to_string(i)).name() == "UTC");
  CHECK(Zone::named("Europe/Oslo").name() == "Europe/Oslo");
  CHECK(Zone::named("Europe/Oslo").at(at("2026-07-01T12:00:00Z")).abbreviation == "CEST");
}

}  // namespace comity::web
