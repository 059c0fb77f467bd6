// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/parse.h"

#include <doctest/doctest.h>

namespace comity::cli {
namespace {

std::vector<Verb> verbs() {
  return {{"status", "Look", "comity status", {}, {}},
          {"db dump",
           "Rows",
           "comity db dump headers",
           {{"TABLE", {}, "A table"},
            {"--limit", "N", "How many"},
            {"--yes", {}, "Sure"},
            {"--to", "WHERE", "There", true},
            {"--tag", "TAG", "More than one", false, true}},
           {}}};
}

proto::Result<std::variant<Chosen, Shown>> read(std::vector<const char*> words) {
  static const std::vector<Verb> all = verbs();
  words.insert(words.begin(), "comity");
  return parse(all, static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("a verb with its options") {
  const auto parsed =
      read({"db", "dump", "status", "--limit", "7", "--to", "a b", "--yes", "--json", "--data", "/srv"});
  REQUIRE(parsed.ok());
  const auto& chosen = std::get<Chosen>(*parsed);
  CHECK(chosen.verb->path == "db dump");
  CHECK(chosen.arguments.find("TABLE") == "status");
  CHECK(chosen.arguments.find("--limit") == "7");
  CHECK(chosen.arguments.find("--to") == "a b");
  CHECK(chosen.arguments.has("--yes"));
  CHECK(chosen.json);
  CHECK(chosen.data_directory == "/srv");
}

TEST_CASE("an option that may stand several times keeps every value, and others keep the positional") {
  const auto parsed = read({"db", "dump", "--tag", "a", "--to", "x", "--tag", "b", "status"});
  REQUIRE(parsed.ok());
  const auto& chosen = std::get<Chosen>(*parsed);
  CHECK(chosen.arguments.all("--tag") == std::vector<std::string>{"a", "b"});
  CHECK(chosen.arguments.find("TABLE") == "status");
}

TEST_CASE("common flags stand anywhere; what is not given is absent") {
  const auto parsed = read({"--data", "/srv", "--json", "db", "dump", "--to", "x"});
  REQUIRE(parsed.ok());
  const auto& chosen = std::get<Chosen>(*parsed);
  CHECK(chosen.data_directory == "/srv");
  CHECK_FALSE(chosen.arguments.has("--yes"));
  CHECK_FALSE(chosen.arguments.find("TABLE").has_value());
}

TEST_CASE("help shows the example, of the verb that was asked about") {
  const auto parsed = read({"db", "dump", "--help"});
  REQUIRE(parsed.ok());
  const std::string& text = std::get<Shown>(*parsed).text;
  CHECK(text.find("comity db dump headers") != std::string::npos);
  CHECK(text.find("--limit N") != std::string::npos);
  CHECK(std::get<Shown>(*read({"--version"})).text == "comity " COMITY_VERSION "\n");
}

TEST_CASE("what cannot be understood is a usage error that names it") {
  const std::vector<std::pair<std::vector<const char*>, const char*>> wrong = {
      {{}, "subcommand"},
      {{"bogus"}, "bogus"},
      {{"db"}, "db needs a verb"},
      {{"db", "bogus"}, "bogus"},
      {{"db", "dump"}, "--to"},
      {{"status", "--limit", "1"}, "--limit"},
      {{"status", "--data"}, "--data"},
      {{"status", "status"}, "status"}};
  for (const auto& [words, named] : wrong) {
    const auto parsed = read(words);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == proto::Code::kUsage);
    CAPTURE(parsed.error().detail);
    CHECK(parsed.error().detail.find(named) != std::string::npos);
  }
}

}  // namespace comity::cli
