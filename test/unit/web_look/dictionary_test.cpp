// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/dictionary.h"

#include <boost/json/array.hpp>
#include <ctemplate/template_cache.h>
#include <doctest/doctest.h>

#include "node/web/look/words.h"

namespace comity::web {
namespace {

namespace json = boost::json;

std::string filled(std::string_view text, const json::object& view) {
  static const Words words("name = it\nasked = Really?\n");
  ctemplate::TemplateCache cache;
  const std::string whole = "{{%AUTOESCAPE context=\"HTML\"}}" + std::string(text);
  REQUIRE(cache.StringToTemplateCache("t", whole.data(), whole.size(), ctemplate::DO_NOT_STRIP));
  cache.Freeze();
  const Dictionary dictionary(view, words);
  std::string out;
  REQUIRE(cache.ExpandNoLoad("t", ctemplate::DO_NOT_STRIP, &dictionary, nullptr, &out));
  return out;
}

}  // namespace

TEST_CASE("a template sees the fields of a view, each escaped for its place") {
  const json::object view{
      {"text", "<b>&\"'"}, {"number", 7}, {"address", "javascript:alert(1)"}, {"gone", nullptr}};
  CHECK(filled("<p>{{text}}</p>", view) == "<p>&lt;b&gt;&amp;&quot;&#39;</p>");
  CHECK(filled("<p title=\"{{text}}\">{{number}}{{gone}}{{unheard_of}}</p>", view) ==
        "<p title=\"&lt;b&gt;&amp;&quot;&#39;\">7</p>");
  CHECK(filled("<a href=\"{{address}}\">x</a>", view).find("javascript") == std::string::npos);
  CHECK(filled("{{T_asked}}{{T_missing}}", view) == "Really?missing");
}

TEST_CASE("sections repeat for lists, open objects and hide what is empty") {
  const json::object view{
      {"rows", json::array{json::object{{"name", "a"}, {"edited", true}}, json::object{{"name", "b"}}}},
      {"texts", json::array{"x", "y"}},
      {"inner", json::object{{"name", "c"}}},
      {"edited", true},
      {"empty", json::array()},
      {"zero", 0},
      {"page", json::object{{"base", "/staff"}}}};
  CHECK(filled("{{#rows}}{{name}}{{#edited}}!{{/edited}},{{/rows}}", view) == "a!,b,");
  CHECK(filled("{{#texts}}{{item}};{{/texts}}", view) == "x;y;");
  CHECK(filled("{{#inner}}{{name}}{{page_base}}{{/inner}}", view) == "c/staff");
  CHECK(
      filled("{{#empty}}a{{/empty}}{{#zero}}b{{/zero}}{{#no_empty}}c{{/no_empty}}{{#any_rows}}d{{/any_rows}}",
             view) == "cd");
  CHECK(filled("{{#rows}}{{#inner}}never{{/inner}}{{/rows}}", view).empty());
}

}  // namespace comity::web
