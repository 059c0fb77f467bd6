// SPDX-License-Identifier: EUPL-1.2
// A table with a row of every kind: what the product's table does not use today is held here.
#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "node/config/describe.h"
#include "node/config/parse.h"
#include "node/config/show.h"
#include "node/config/write.h"

namespace comity::config {
namespace {

constexpr std::array<std::string_view, 2> kColours{"red", "green"};
constexpr std::array kSections{SectionInfo{"all", "Every kind"}};
constexpr std::array kRows{
    SettingInfo{
        .section = "all", .key = "flag", .kind = Kind::kFlag, .fallback = "true", .meaning = "A flag"},
    SettingInfo{
        .section = "all", .key = "number", .kind = Kind::kInteger, .fallback = "7", .min = -3, .max = 9},
    SettingInfo{.section = "all",
                .key = "time",
                .kind = Kind::kDuration,
                .fallback = "72h",
                .min = 60,
                .max = 864'000},
    SettingInfo{.section = "all",
                .key = "names",
                .kind = Kind::kTextList,
                .fallback = "ab,cd",
                .min = 1,
                .max = 3,
                .max_items = 3},
    SettingInfo{
        .section = "all", .key = "hosts", .kind = Kind::kTextList, .fallback = "", .min = 1, .max = 3},
    SettingInfo{.section = "all", .key = "place", .kind = Kind::kPath, .fallback = "/srv"},
    SettingInfo{.section = "all",
                .key = "colour",
                .kind = Kind::kChoice,
                .choices = kColours,
                .fallback = "green",
                .reload = Reload::kLive},
    SettingInfo{.section = "all",
                .key = "note",
                .kind = Kind::kText,
                .fallback = "",
                .empty_means = "none",
                .min = 1,
                .max = 5},
};
constexpr Table kTable{kSections, kRows};

Parsed parse(const std::string& line) {
  return parse_values(kTable, "[all]\n" + line + "\n");
}

// "" when the line is accepted.
std::string error_of(const std::string& line) {
  const Parsed parsed = parse(line);
  return parsed.problems.empty() ? "" : parsed.problems.front().detail;
}

}  // namespace

TEST_CASE("each kind takes its own values") {
  const Parsed parsed = parse(
      "flag = false\nnumber = -3\ntime = \"2m\"\nnames = [\"a\", 'b', \"ccc\"]\nplace = \"/a b\"\ncolour = "
      "\"red\"\n"
      "note = \"say\"");
  REQUIRE(parsed.problems.empty());
  CHECK(parsed.values[0] == Value{false});
  CHECK(parsed.values[1] == Value{std::int64_t{-3}});
  CHECK(parsed.values[2] == Value{std::chrono::seconds{120}});
  CHECK(parsed.values[3] == Value{std::vector<std::string>{"a", "b", "ccc"}});
  CHECK(parsed.values[4] == Value{std::vector<std::string>{}});
  CHECK(parsed.values[5] == Value{std::string("/a b")});
  CHECK(parsed.values[6] == Value{Choice{0}});
  CHECK(parsed.values[7] == Value{std::string("say")});
  CHECK(parsed.origins[6].from_file);
  CHECK_FALSE(parsed.origins[4].from_file);
  CHECK(error_of("note = \"\"").empty());
}

TEST_CASE("each kind refuses the rest and says what it takes") {
  CHECK(error_of("flag = \"true\"") == "all.flag is \"true\"; it takes true or false, as in true");
  CHECK(error_of("flag = 1") == "all.flag is 1; it takes true or false, as in true");
  CHECK(error_of("number = 10") == "all.number is 10; it takes a whole number from -3 to 9, as in 7");
  CHECK(error_of("number = 7.0") ==
        "all.number is a number with a fraction; it takes a whole number from -3 to 9, as in 7");
  CHECK(error_of("time = \"59s\"") == "all.time is \"59s\"; it takes a time from 1m to 10d, as in \"3d\"");
  CHECK(error_of("time = 72") == "all.time is 72; it takes a time from 1m to 10d, as in \"3d\"");
  const std::string list =
      "; it takes a list of at most 3 texts, each one line of text, 1 to 3 characters, no blank at either "
      "end, as in "
      "[\"ab\", \"cd\"]";
  CHECK(error_of("names = [\"a\", \"\"]") == "all.names is a list whose item 2 is \"\"" + list);
  CHECK(error_of("names = [\"a\", \"b\", \"c\", \"d\"]") == "all.names is a list of 4 texts" + list);
  CHECK(error_of("names = \"a\"") == "all.names is \"a\"" + list);
  CHECK(error_of("names = [1]") == "all.names is a list of something other than texts" + list);
  CHECK(error_of("place = \"srv\"") == "all.place is \"srv\"; it takes an absolute path, as in \"/srv\"");
  CHECK(error_of("place = \"/s\\u0000\"") ==
        "all.place is \"/s\\u0000\"; it takes an absolute path, as in \"/srv\"");
  CHECK(error_of("place = \"/" + std::string(4'096, 'p') + "\"").starts_with("all.place is \"/ppp"));
  CHECK(error_of("colour = \"gren\"") ==
        "all.colour is \"gren\"; it takes one of \"red\", \"green\"; did you mean \"green\"?");
  CHECK(error_of("note = \"longer\"") ==
        "all.note is \"longer\"; it takes one line of text, 1 to 5 characters, no blank at either end, or "
        "\"\" for none");
}

TEST_CASE("every kind survives being written and read") {
  const Parsed changed = parse(
      "flag = false\nnumber = 0\ntime = \"61s\"\nnames = [\"\\\\\", \"\\\"\", \"ä\"]\nhosts = [\"h\"]\n"
      "place = \"/x\"\ncolour = \"red\"\nnote = \"#\"");
  REQUIRE(changed.problems.empty());
  for (const Parsed& parsed : {changed, parse_nothing(kTable)}) {
    const Parsed again = parse_values(kTable, render_config(kTable, parsed.values));
    CHECK(again.problems.empty());
    CHECK(again.values == parsed.values);
  }
}

TEST_CASE("every kind is shown as text and as JSON") {
  const Parsed parsed = parse("names = [\"x\"]");
  CHECK(show_text(kTable, "f", parsed.values, parsed.origins) ==
        "all.flag = true        # default\n"
        "all.number = 7         # default\n"
        "all.time = \"3d\"        # default\n"
        "all.names = [\"x\"]      # f:2\n"
        "all.hosts = []         # default\n"
        "all.place = \"/srv\"     # default\n"
        "all.colour = \"green\"   # default\n"
        "all.note = \"\"          # default\n");
  const std::string json = show_json(kTable, "f", parsed.values, parsed.origins);
  CHECK(json.find(R"("all.flag":{"value":true,"origin":"default","change":"restart"})") != std::string::npos);
  CHECK(json.find(R"("all.number":{"value":7,)") != std::string::npos);
  CHECK(json.find(R"("all.names":{"value":["x"],"origin":"file","line":2,"change":"restart"})") !=
        std::string::npos);
  CHECK(json.find(R"("all.colour":{"value":"green","origin":"default","change":"live"})") !=
        std::string::npos);
}

}  // namespace comity::config
