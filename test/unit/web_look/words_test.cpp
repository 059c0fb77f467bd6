// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/words.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include <doctest/doctest.h>

#include "node/web/look/embedded.h"
#include "test/unit/vectors.h"

namespace comity::web {
namespace {

std::string without(const std::string& text, const char* pattern) {
  return std::regex_replace(text, std::regex(pattern), "");
}

/// Names that a template asks the catalogue for.
std::set<std::string> asked_in(std::string_view text) {
  static const std::regex asks("\\{\\{T_([a-z_]+)");
  const std::string all(text);
  std::set<std::string> out;
  for (auto at = std::sregex_iterator(all.begin(), all.end(), asks); at != std::sregex_iterator(); ++at)
    out.insert((*at)[1]);
  return out;
}

}  // namespace

TEST_CASE("sentences are filled and counted") {
  const Words words(
      "# a comment\nhello = Hello, {0} and {1}\nfew.one = {0} page of {1}\nfew.other = {0} pages of {1}\n");
  CHECK(words.say("hello", {"Maria", "Jo"}) == "Hello, Maria and Jo");
  CHECK(words.say("hello", {"{1}", "x"}) == "Hello, {1} and x");
  CHECK(words.say("hello", {}) == "Hello, {0} and {1}");
  CHECK(words.count("few", 1, {"wiki"}) == "1 page of wiki");
  CHECK(words.count("few", 12, {"wiki"}) == "12 pages of wiki");
  CHECK(words.plain("nothing") == "nothing");
  CHECK_THROWS(Words("a = 1\na = 2\n"));
  CHECK_THROWS(Words("no sentence\n"));
}

TEST_CASE("every sentence that a template says stands in the catalogue") {
  for (const EmbeddedTemplate& one : embedded_templates()) {
    for (const std::string& name : asked_in(one.text)) {
      INFO(one.name << " says " << name);
      CHECK(english().has(name));
    }
  }
}

TEST_CASE("every sentence that the code says stands in the catalogue") {
  const std::regex says("(?:say|plain|count)\\(\"([a-z_.]+)\"");
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(COMITY_SOURCE_ROOT) / "node" / "web")) {
    if (file.path().extension() != ".cpp") continue;
    const std::string text = test::read_file(file.path());
    for (auto at = std::sregex_iterator(text.begin(), text.end(), says); at != std::sregex_iterator(); ++at) {
      const std::string name = (*at)[1];
      INFO(file.path().filename().string() << " says " << name);
      ++seen;
      const bool built = name.ends_with('.');  // the rest is put behind at run time
      const bool there =
          built || english().has(name) || (english().has(name + ".one") && english().has(name + ".other"));
      CHECK(there);
    }
  }
  CHECK(seen > 20);
}

TEST_CASE("no template holds words of its own") {
  for (const EmbeddedTemplate& one : embedded_templates()) {
    const std::string text(one.text);
    std::string shown = without(without(text, "<!DOCTYPE html>"), "\\{\\{[^}]*\\}\\}");
    shown = without(shown, "<[^>]*>");
    INFO(one.name);
    CHECK(shown.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos);
    const std::regex attribute("(aria-label|title|placeholder|alt)=\"([^\"]*)\"");
    for (auto at = std::sregex_iterator(text.begin(), text.end(), attribute); at != std::sregex_iterator();
         ++at) {
      const std::string rest = without((*at)[2], "\\{\\{[^}]*\\}\\}");
      INFO((*at)[0]);
      CHECK(rest.find_first_not_of(" ") == std::string::npos);
    }
  }
}

TEST_CASE("no template holds script, style or an address elsewhere") {
  for (const EmbeddedTemplate& one : embedded_templates()) {
    INFO(one.name);
    const std::string text(one.text);
    CHECK_FALSE(std::regex_search(text, std::regex("<script(?![^>]* src=\"\\{\\{page_js\\}\\}\")")));
    CHECK_FALSE(std::regex_search(text, std::regex("<style|style=|\\son[a-z]+=|https?://|javascript:")));
  }
}

}  // namespace comity::web
