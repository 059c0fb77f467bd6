// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/page_text.h"

#include <doctest/doctest.h>

namespace comity::community::wiki {
namespace {

TEST_CASE("Paths that can stand, and those that cannot") {
  for (const char* good : {"home", "Travel/Rules-2026", "a.b_c", "reise/påbud"})
    CHECK_MESSAGE(check_path(good).ok(), good);
  const std::string long_path(513, 'a');
  const std::string id(52, 'a');
  const std::string deep = "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a";
  for (const std::string& bad :
       {std::string(), std::string("../x"), std::string("a/../b"), std::string("/a"), std::string("a/"),
        std::string("a//b"), std::string("."), std::string(".hidden"), std::string("a."), std::string("a b"),
        std::string("a@b"), std::string("a\nb"), std::string("a\x1b[31m"),
        std::string("a\xe2\x80\xae"
                    "b"),
        std::string("\xff"), std::string("a\\b"), long_path, id, deep}) {
    const Status judged = check_path(bad);
    REQUIRE_MESSAGE(!judged.ok(), bad);
    CHECK(judged.error().code == Code::kPagePath);
  }
}

TEST_CASE("Any name becomes a path that can stand, or none") {
  CHECK(path_from("Minutes of May (final).md") == "Minutes-of-May-final-.md");
  CHECK(path_from("../../etc/passwd") == "etc/passwd");
  CHECK(path_from("//a// /b.") == "a/b");
  CHECK(path_from("...").empty());
}

TEST_CASE("Links of both kinds, each once, and none in code") {
  CHECK(links_in(
            "See [[rules]] and [[travel/abroad|abroad]], [[rules]].\n[more](faq#top) [out](https://x.org)\n"
            "`[[code]]`\n```\n[[fenced]]\n```\n[[../up]] [[unclosed\n") ==
        std::vector<std::string>{"rules", "travel/abroad", "faq"});
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "[[p" + std::to_string(i) + "]]\n";
  CHECK(links_in(many).size() == 256);
}

TEST_CASE("Headings make the table of contents") {
  const auto found =
      headings_in("# One\n## Two words ##\n```\n# code\n```\n#no\n## Two words\n####### seven\n");
  REQUIRE(found.size() == 3);
  CHECK(found[0].title == "One");
  CHECK(found[1].title == "Two words");
  CHECK(found[1].anchor == "two-words");
  CHECK(found[2].anchor == "two-words-2");
  CHECK(found[2].level == 2);
}

TEST_CASE("A comparison shows three lines around each change") {
  const auto found = unified("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nX\n6\n").value();
  REQUIRE(found.size() == 1);
  CHECK(found[0].old_line == 2);
  CHECK(found[0].old_count == 5);
  CHECK(found[0].new_line == 2);
  std::string marks;
  for (const DiffLine& line : found[0].lines)
    marks.push_back(line.mark);
  CHECK(marks == "   -+ ");
  CHECK(unified("a\n", "a\n").value().empty());
  const auto made = unified("", "a\nb\n").value();
  REQUIRE(made.size() == 1);
  CHECK(made[0].old_line == 0);
  CHECK(made[0].new_line == 1);
  CHECK(made[0].lines.size() == 2);
}

}  // namespace
}  // namespace comity::community::wiki
