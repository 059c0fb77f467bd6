// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/sections.h"

#include <doctest/doctest.h>

namespace comity::web {

TEST_CASE("a text is taken apart at its headings and put together again") {
  const std::string text =
      "Before.\n\n# One\n\nfirst\n\n## Deeper\n\n```\n# no heading\n```\n\nTwo words\n=========\nsecond\n\n> "
      "# quoted\n\n# "
      "Three";
  const auto found = sections_of(text);
  REQUIRE(found.size() == 4);
  std::vector<std::string> titles;
  for (const Section& one : found)
    titles.push_back(one.title + " " + std::to_string(one.level));
  CHECK(titles == std::vector<std::string>{"One 1", "Deeper 2", "Two words 1", "Three 1"});
  CHECK(text.substr(found[0].begin, found[0].end - found[0].begin).starts_with("# One\n"));
  CHECK(found[0].end == found[2].begin);
  CHECK(found[1].end == found[2].begin);
  CHECK(text.substr(found[2].begin).starts_with("Two words\n==="));
  CHECK(found[3].end == text.size());
  for (const Section& one : found)
    CHECK(with_section(text, one, text.substr(one.begin, one.end - one.begin)) == text);
  CHECK(
      with_section(text, found[1], "## Deeper\nnew") ==
      "Before.\n\n# One\n\nfirst\n\n## Deeper\nnew\n\nTwo words\n=========\nsecond\n\n> # quoted\n\n# Three");
  CHECK(with_section(text, found[0], "\n\n").starts_with("Before.\n\nTwo words"));
  CHECK(with_section("# A\r\nx\r\n\r\n# B\r\n", sections_of("# A\r\nx\r\n\r\n# B\r\n")[0], "# C") ==
        "# C\r\n\r\n# B\r\n");
  CHECK(sections_of("").empty());
  CHECK(sections_of("no heading\n\n- # in a list").empty());
  std::string many;
  for (int at = 0; at < 100'000; ++at)
    many += "#\n";
  CHECK(sections_of(many).size() == 100'000);
}

}  // namespace comity::web
