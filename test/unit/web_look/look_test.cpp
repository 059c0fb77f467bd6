// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/look.h"

#include <set>
#include <string>

#include <boost/json/array.hpp>
#include <doctest/doctest.h>
#include <malloc.h>

#include "node/web/look/embedded.h"
#include "node/web/look/templates.h"

namespace comity::web {
namespace {

namespace json = boost::json;

json::object frame() {
  return {{"name", "home"},
          {"base", "/staff"},
          {"csrf", "t0ken"},
          {"here", "/"},
          {"theme", "dark"},
          {"agency", "Ministry of <Health>"},
          {"short_name", "health"},
          {"person", json::object{{"handle", "maria"},
                                  {"address", "maria@health"},
                                  {"name", "Maria Olsen"},
                                  {"administrator", true}}}};
}

/// While it lives, memory that is given back is overwritten, so that who still looks into it is seen to.
class Scribble {
 public:
  Scribble() { mallopt(M_PERTURB, 0x5A); }
  ~Scribble() { mallopt(M_PERTURB, 0); }
  Scribble(const Scribble&) = delete;
  Scribble& operator=(const Scribble&) = delete;
};

}  // namespace

TEST_CASE("every template can be read, and shows even an empty view") {
  load_templates();
  for (const EmbeddedTemplate& one : embedded_templates()) {
    INFO(one.name);
    if (one.name.starts_with("piece_")) {
      const std::string piece = look_piece(std::string(one.name), {}, "/staff");
      CHECK(piece.starts_with("<"));
      CHECK(piece.find("<!DOCTYPE") == std::string::npos);
      CHECK(piece.find("{{") == std::string::npos);
      continue;
    }
    const std::string page = look(std::string(one.name), {{"page", frame()}});
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(page.ends_with("</html>\n"));
    CHECK(page.find("Ministry of &lt;Health&gt;") != std::string::npos);
    CHECK(page.find("<Health>") == std::string::npos);
    CHECK(page.find("href=\"/staff/assets/comity.") != std::string::npos);
    CHECK(page.find("value=\"t0ken\"") != std::string::npos);
    CHECK(page.find("{{") == std::string::npos);
  }
  CHECK_THROWS(look("unheard-of", {}));
}

TEST_CASE("a page's person stays in place however many fields the page has room for") {
  load_templates();
  const Scribble scribble;
  for (std::size_t fields = 0; fields <= 64; ++fields) {
    INFO(fields);
    json::object page = frame();
    for (std::size_t at = 0; at < fields; ++at)
      page["field" + std::to_string(at)] = at;
    page["notice"] = json::object{{"kind", "error"}, {"text", "Not saved."}};
    const std::string shown = look("home", {{"page", page}});
    CHECK(shown.find("href=\"/staff/people/maria@health\"") != std::string::npos);
    CHECK(shown.find("<span class=\"avatar " + hue_of("maria@health") +
                     "\" aria-hidden=\"true\">MO</span>") != std::string::npos);
    CHECK(shown.find("<span class=\"menu-name\">Maria Olsen</span>") != std::string::npos);
    CHECK(shown.find("href=\"/staff/operator\"") != std::string::npos);
    CHECK(shown.find("usa-alert--error\" role=\"alert\"") != std::string::npos);
  }
}

TEST_CASE("what somebody goes on to write keeps its lines, tabs and spaces") {
  load_templates();
  const std::string text = "# One\r\n\n\t- two   <b>\n";
  const std::string shown = "# One\r\n\n\t- two   &lt;b&gt;\n";
  const json::object written{{"text", text}, {"description", text}, {"about", text}};
  for (const std::string name : {"wiki_edit", "post_new", "entry_edit", "message_new", "home", "space_new",
                                 "profile_edit", "thread", "circle"}) {
    INFO(name);
    json::object view = written;
    view["page"] = frame();
    view["compose"] = written;
    view["reply"] = written;
    CHECK(look(name, view).find(">\n" + shown + "</textarea>") != std::string::npos);
  }
  const json::array fields{json::object{{"name", "text"}, {"value", text}}};
  const std::string kept = look("resend", {{"page", frame()}, {"fields", fields}});
  CHECK(kept.find("value=\"" + shown + "\"") != std::string::npos);
}

TEST_CASE("assets are found by the address that pages name") {
  std::set<std::string> names;
  for (const EmbeddedAsset& asset : embedded_assets()) {
    names.insert(std::string(asset.name));
    CHECK(asset_at(asset.hashed_name) == &asset);
    CHECK(asset_address(asset.name) == asset.hashed_name);
    CHECK(asset.bytes.find("http://www.w3.org") == asset.bytes.find("http"));
  }
  CHECK(names == std::set<std::string>{"comity.css", "comity.js", "icons.svg", "logo.svg"});
  CHECK(asset_at("comity.css") == nullptr);
  CHECK(asset_address("../comity.css").empty());
}

TEST_CASE("every icon that a page asks for is in the sprite") {
  std::string_view sprite;
  for (const EmbeddedAsset& asset : embedded_assets()) {
    if (asset.name == "icons.svg") sprite = asset.bytes;
  }
  for (const EmbeddedTemplate& one : embedded_templates()) {
    std::string_view rest = one.text;
    constexpr std::string_view kAsks = "{{page_icons}}#";
    for (std::size_t at = rest.find(kAsks); at != std::string_view::npos; at = rest.find(kAsks)) {
      rest.remove_prefix(at + kAsks.size());
      const std::string name(rest.substr(0, rest.find('"')));
      INFO(name);
      CHECK(sprite.find("id=\"" + name + "\"") != std::string_view::npos);
    }
  }
}

TEST_CASE("people have initials and a colour of their own") {
  CHECK(initials_of("Maria Olsen") == "MO");
  CHECK(initials_of("maria@health") == "M");
  CHECK(initials_of("Åse Øye Berg") == "ÅØ");
  CHECK(initials_of("") == "");
  CHECK(hue_of("maria@health") == hue_of("maria@health"));
  CHECK(capital("finance") == "Finance");
}

}  // namespace comity::web
