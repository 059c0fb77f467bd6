// SPDX-License-Identifier: EUPL-1.2
#include "node/config/text.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "node/config/lines.h"

namespace comity::config {
namespace {

std::optional<char32_t> first(std::string_view text) {
  return next_code_point(text);
}

}  // namespace

TEST_CASE("UTF-8 is read strictly") {
  CHECK(first("A") == U'A');
  CHECK(first("\xc3\xa4") == U'\u00e4');
  CHECK(first("\xef\xbf\xbd") == U'\ufffd');
  CHECK(first("\xf4\x8f\xbf\xbf") == static_cast<char32_t>(0x10ffff));
  for (const std::string_view wrong :
       {"", "\x80", "\xc3", "\xc3(", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80", "\xff"}) {
    CAPTURE(wrong);
    CHECK_FALSE(first(wrong).has_value());
  }
  CHECK(count_code_points("ab\xc3\xa4") == 3);
  CHECK_FALSE(count_code_points("ab\xff").has_value());
}

TEST_CASE("an error text repeats nothing that could deceive, and little") {
  CHECK(shown("Ministry of Health \xe2\x80\xa6") == "Ministry of Health \xe2\x80\xa6");
  CHECK(shown("a\nb\x1b[2J\xff") == "a\\u000ab\\u001b[2J\\xff");
  CHECK(shown("\xe2\x80\xae"
              "evil") == "\\u202eevil");
  CHECK(shown("\xc2\x85") == "\\u0085");
  CHECK(shown(std::string(64, 'x')) == std::string(64, 'x'));
  CHECK(shown(std::string(65, 'x')) == std::string(64, 'x') + "…");
}

TEST_CASE("edit distance counts exchanged neighbours as one") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("listen", "lsiten") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("level", "level") == 0);
}

TEST_CASE("the nearest name is offered only for a likely slip") {
  constexpr std::array<std::string_view, 4> kNames{"listen", "advertise", "web", "passphrase_file"};
  CHECK(nearest("lisen", kNames) == "listen");
  CHECK(nearest("advertize", kNames) == "advertise");
  CHECK(nearest("wbe", kNames) == "web");
  CHECK(nearest("passphrase", kNames) == "passphrase_file");
  CHECK_FALSE(nearest("cache", kNames).has_value());
  CHECK_FALSE(nearest("p", kNames).has_value());
  CHECK_FALSE(nearest("", kNames).has_value());
  CHECK_FALSE(nearest(std::string(65, 'w'), kNames).has_value());
}

TEST_CASE("lines are mended one by one") {
  CHECK(split_lines("a\r\nb\n\nc") == Lines{"a", "b", "", "c"});
  CHECK(split_lines("") == Lines{""});
  CHECK(join_lines({"a", "b", ""}) == "a\nb\n");
  CHECK(begins_with(" \t[x]", '['));
  CHECK_FALSE(begins_with("", '['));
  CHECK_FALSE(mend("\xc3\xa4").has_value());
  const auto mended = mend("\xc3\xa4\xff\xfe+");
  REQUIRE(mended.has_value());
  CHECK(mended->column == 2);
  CHECK(mended->text == "\xc3\xa4??+");
  CHECK(line_of_dot({"a.b", "# ...", "c.d.e"}, 3) == std::uint32_t{3});
  CHECK_FALSE(line_of_dot({"a.b", "# ...", "c.d.e"}, 4).has_value());
}

}  // namespace comity::config
