// SPDX-License-Identifier: EUPL-1.2
// Settings, help, the accessibility statement, and the files that pages refer to.
#include "node/web/look/embedded.h"
#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/look/templates.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"
#include "node/web/serve/cookies.h"

namespace comity::web {
namespace {

namespace json = boost::json;

constexpr std::string_view kZones[] = {"UTC",
                                       "Africa/Nairobi",
                                       "America/Bogota",
                                       "America/Chicago",
                                       "America/Los_Angeles",
                                       "America/New_York",
                                       "America/Sao_Paulo",
                                       "Asia/Dubai",
                                       "Asia/Kolkata",
                                       "Asia/Singapore",
                                       "Asia/Tokyo",
                                       "Australia/Sydney",
                                       "Europe/Berlin",
                                       "Europe/Brussels",
                                       "Europe/Helsinki",
                                       "Europe/London",
                                       "Europe/Oslo",
                                       "Europe/Paris",
                                       "Europe/Warsaw",
                                       "Pacific/Auckland"};

http::Task<http::Response> settings(Shared visit) {
  auto lens = lens_of(*visit);
  json::object view = co_await begin_view(visit, "settings", "");
  const bool keys = text_in(object_in(view, "page"), "keys") == "on";
  Make make = [view, lens, keys, theme = visit->theme, zone = visit->zone]() mutable {
    const Words& words = *lens->words;
    view["action"] = lens->to("/settings");
    view["profile_href"] = lens->to("/settings/profile");
    view["sessions_href"] = lens->to("/settings/sessions");
    view["tokens_href"] = lens->to("/settings/tokens");
    view["themes"] = options(*lens, "theme", {"auto", "light", "dark"}, theme);
    view["zone"] = zone;
    json::array zones;
    for (const std::string_view one : kZones)
      zones.push_back(json::value(one));
    view["zones"] = std::move(zones);
    const auto local = lens->zone.at(lens->now);
    const auto day = std::chrono::floor<std::chrono::days>(local.time);
    const std::chrono::hh_mm_ss clock(local.time - day);
    const auto two = [](auto span) { return (span.count() < 10 ? "0" : "") + std::to_string(span.count()); };
    view["zone_hint"] = words.say(
        "zone_hint.now", {two(clock.hours()) + ":" + two(clock.minutes()) + " " + local.abbreviation});
    view["keys"] = keys;
    return view;
  };
  http::Response out = co_await show(visit, "settings", std::move(make));
  co_return out;
}

http::Task<http::Response> save(Shared visit) {
  const std::string theme = visit->field("theme").value_or("auto");
  const std::string zone = visit->field("zone").value_or("UTC");
  const bool named = zone == "UTC" || Zone::named(zone).at(lens_of(*visit)->now).abbreviation != "UTC";
  if (theme == "auto" || theme == "light" || theme == "dark")
    visit->cookies.push_back(set_cookie(
        {.name = "comity_theme", .value = theme, .age = std::chrono::hours(24 * 365)}, visit->secure));
  if (named)
    visit->cookies.push_back(set_cookie(
        {.name = "comity_zone", .value = zone, .age = std::chrono::hours(24 * 365)}, visit->secure));
  const bool keys = visit->field("keys").has_value();
  visit->cookies.push_back(
      set_cookie({.name = "comity_keys", .value = keys ? "on" : "off", .age = std::chrono::hours(24 * 365)},
                 visit->secure));
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, "/settings");
}

json::array sections(const Lens& lens, std::initializer_list<std::string_view> keys) {
  json::array out;
  for (const std::string_view key : keys) {
    std::string text(lens.words->plain(std::string(key) + ".text"));
    for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at))
      text.replace(at, 2, "\n");
    const std::string name(key.substr(key.find('.') + 1));
    out.push_back(json::object{{"key", name},
                               {"title", lens.words->plain(key)},
                               {"html", markdown(text, {.base = lens.base}).html}});
  }
  return out;
}

http::Task<http::Response> help(Shared visit) {
  auto lens = lens_of(*visit);
  json::object view = co_await begin_view(visit, "help", std::string(english().plain("help.title")));
  Make make = [view, lens]() mutable {
    const Words& words = *lens->words;
    view["title"] = words.plain("help.title");
    view["sections"] =
        sections(*lens, {"help.boundary", "help.labels", "help.writing", "help.edits", "help.search"});
    json::array keys;
    for (const auto& [key, word] :
         {std::pair("/", "key.search"), std::pair("g h", "key.home"), std::pair("g s", "key.spaces"),
          std::pair("g n", "key.notifications"), std::pair("g m", "key.messages"), std::pair("j", "key.next"),
          std::pair("k", "key.previous"), std::pair("o", "key.open"), std::pair("r", "key.reply"),
          std::pair("e", "key.edit"), std::pair("n", "key.new"), std::pair("?", "key.list"),
          std::pair("Ctrl Enter", "key.send")})
      keys.push_back(json::object{{"key", key}, {"words", words.plain(word)}});
    view["keys"] = std::move(keys);
    return view;
  };
  http::Response out = co_await show(visit, "help", std::move(make));
  co_return out;
}

http::Task<http::Response> accessibility(Shared visit) {
  auto lens = lens_of(*visit);
  json::object view = co_await begin_view(visit, "help", std::string(english().plain("accessibility.title")));
  Make make = [view, lens]() mutable {
    view["title"] = lens->words->plain("accessibility.title");
    view["sections"] = sections(*lens, {"accessibility.aim", "accessibility.how", "accessibility.tell"});
    return view;
  };
  http::Response out = co_await show(visit, "help", std::move(make));
  co_return out;
}

}  // namespace

void add_settings_pages(Router& router) {
  router.get("/settings", Access::kPerson, settings);
  router.post("/settings", Access::kPerson, save);
  router.get("/help", Access::kAnyone, help);
  router.get("/help/labels", Access::kAnyone, help);
  router.get("/accessibility", Access::kAnyone, accessibility);
}

void add_pages(Router& router, Assets& assets) {
  load_templates();
  for (const EmbeddedAsset& asset : embedded_assets())
    assets.add(asset.name, asset.hashed_name, asset.type, asset.bytes);
  add_home_pages(router);
  add_space_pages(router);
  add_thread_pages(router);
  add_entry_pages(router);
  add_wiki_pages(router);
  add_people_pages(router);
  add_search_pages(router);
  add_attention_pages(router);
  add_message_pages(router);
  add_draft_pages(router);
  add_operator_pages(router);
  add_settings_pages(router);
}

}  // namespace comity::web
