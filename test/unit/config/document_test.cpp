// SPDX-License-Identifier: EUPL-1.2
#include "node/config/document.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

namespace comity::config {

TEST_CASE("a document gives each value with its place") {
  const Document document = read_document("# ä\n[node]\n  listen = \"a:1\"\n\t\"röd\" = 1\n");
  CHECK(document.complete);
  REQUIRE(document.sections.size() == 1);
  CHECK(document.sections[0].name == "node");
  CHECK(document.sections[0].at == Position{2, 1});
  REQUIRE(document.items.size() == 2);
  CHECK(document.items[0].key_at == Position{3, 3});
  CHECK(document.items[0].value_at == Position{3, 12});
  CHECK(document.items[1].value_at == Position{4, 10});
}

TEST_CASE("keys, values and kinds of values") {
  const Document document = read_document(
      "flag = true\n[a]\ntext = \"x\"\nnumber = -5\nlist = [\"p\", 'q']\nmixed = [1]\nempty = []\nwhen = "
      "10:00:00\n"
      "half = 0.5\ninner.x = 1\n");
  REQUIRE(document.problems.empty());
  const auto item = [&](std::string_view key) {
    const auto found = std::ranges::find(document.items, key, &Item::key);
    REQUIRE(found != document.items.end());
    return *found;
  };
  CHECK(item("flag").section.empty());
  CHECK(std::get<bool>(item("flag").value));
  CHECK(item("text").section == "a");
  CHECK(item("text").key_at == Position{3, 1});
  CHECK(item("text").value_at == Position{3, 8});
  CHECK(std::get<std::string>(item("text").value) == "x");
  CHECK(std::get<std::int64_t>(item("number").value) == -5);
  CHECK(std::get<std::vector<std::string>>(item("list").value) == std::vector<std::string>{"p", "q"});
  CHECK(std::get<std::vector<std::string>>(item("empty").value).empty());
  CHECK(std::get<Foreign>(item("mixed").value).what == "a list of something other than texts");
  CHECK(std::get<Foreign>(item("when").value).what == "a date or time");
  CHECK(std::get<Foreign>(item("half").value).what == "a number with a fraction");
  CHECK(std::get<Foreign>(item("inner").value).what == "a section");
}

TEST_CASE("a broken line hides no other line") {
  const Document document = read_document("[a]\nx = \ny = 1\nz 2\ny = 3\n[b\nw = 1\n[c]\nv = 1\n");
  CHECK_FALSE(document.complete);
  std::vector<std::uint32_t> lines;
  for (const Problem& problem : document.problems)
    lines.push_back(problem.at.line);
  CHECK(lines == std::vector<std::uint32_t>{2, 4, 5, 6});
  std::vector<std::string> keys;
  for (const Item& item : document.items)
    keys.push_back(item.section + "." + item.key);
  CHECK(keys == std::vector<std::string>{"a.y", "c.v"});
}

TEST_CASE("broken lines beyond the bound end the reading") {
  std::string text;
  for (int i = 0; i < 50; ++i)
    text += "x\n";
  CHECK(read_document(text).problems.size() == 20);
}

TEST_CASE("names of great depth do not reach the library, which would overrun its stack") {
  std::string deep = "a";
  for (int i = 0; i < 30'000; ++i)
    deep += ".a";
  for (const std::string& text : {deep + " = 1", "[" + deep + "]", "x = {" + deep + " = 1}"}) {
    const Document document = read_document(text);
    REQUIRE(document.problems.size() == 1);
    CHECK(document.problems[0].code == proto::Code::kConfigSyntax);
    CHECK(document.items.empty());
  }
  std::string allowed = "a";
  for (int i = 0; i < 2'048; ++i)
    allowed += ".a";
  CHECK(read_document(allowed + " = 1").problems.empty());
}

TEST_CASE("brackets of great depth are refused") {
  CHECK_FALSE(read_document("a = " + std::string(60'000, '[')).problems.empty());
  CHECK_FALSE(read_document("a = " + std::string(30'000, '[') + std::string(30'000, ']')).problems.empty());
}

}  // namespace comity::config
