// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/server_pages.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <boost/json/array.hpp>

#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/look/moments.h"
#include "node/web/look/words.h"

namespace comity::web {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& in, std::string_view name) {
  const json::value* const value = in.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

json::array* rows_at(json::object& in, std::string_view name) {
  json::value* const value = in.if_contains(name);
  return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

/// A moment as these pages show it: the absolute time alone, since they know no clock.
json::value moment(const json::object& row, std::string_view name, const Zone& zone, const Words& words) {
  const std::string text = text_at(row, name);
  const auto read = read_moment(text);
  if (!read) return nullptr;
  const ShownMoment shown = shown_moment(text, zone, *read, words);
  return json::object{
      {"datetime", shown.datetime}, {"absolute", shown.absolute}, {"relative", shown.absolute}};
}

std::string scopes_text(const json::object& row, const Words& words) {
  std::string out;
  const json::value* const scopes = row.if_contains("scopes");
  if (scopes == nullptr || !scopes->is_array()) return out;
  for (const json::value& one : scopes->get_array()) {
    const std::string name(one.is_string() ? std::string_view(one.get_string()) : std::string_view());
    out += (out.empty() ? "" : ", ") + std::string(words.plain("scope." + name));
  }
  return out;
}

/// "Firefox on Windows", of what a browser says of itself; all of that, when it names nothing known.
std::string browser_words(const std::string& agent, const Words& words) {
  using Known = std::pair<std::string_view, std::string_view>;
  // The first that fits: most browsers name the others as well.
  constexpr std::array<Known, 5> kBrowsers{{{"Edg/", "Edge"},
                                            {"OPR/", "Opera"},
                                            {"Firefox/", "Firefox"},
                                            {"Chrome/", "Chrome"},
                                            {"Safari/", "Safari"}}};
  constexpr std::array<Known, 6> kSystems{{{"Windows", "Windows"},
                                           {"Android", "Android"},
                                           {"iPhone", "iPhone"},
                                           {"iPad", "iPad"},
                                           {"Mac OS X", "macOS"},
                                           {"Linux", "Linux"}}};
  const auto named = [&](const auto& known) {
    const auto found = std::ranges::find_if(
        known, [&](const Known& one) { return agent.find(one.first) != std::string::npos; });
    return found == known.end() ? std::string() : std::string(found->second);
  };
  const std::string browser = named(kBrowsers);
  const std::string system = named(kSystems);
  if (browser.empty()) return agent;
  return system.empty() ? browser : words.say("browser.on", {browser, system});
}

void complete_problem(json::object& view) {
  json::value* const problem = view.if_contains("problem");
  if (problem == nullptr || !problem->is_object()) return;
  json::object& told = problem->get_object();
  if (told.contains("what")) told["title"] = sentence(text_at(told, "what"));
  told["next_step"] = sentence(text_at(told, "next_step"));
}

}  // namespace

void complete_server_page(std::string_view name, json::object& view, const Words& words) {
  const json::object page = view["page"].is_object() ? view["page"].get_object() : json::object();
  const std::string base = text_at(page, "base");
  const Zone zone = Zone::named(text_at(page, "zone"));
  complete_problem(view);
  if (name == "sign_in") {
    view["action"] = base + "/sign-in";
    view["agency_words"] = words.say("sign_in.agency", {text_at(page, "agency")});
  } else if (name == "error") {
    view["title"] = words.plain(view["status"] == 404 ? "problem.missing" : "problem.title");
    const bool missing = view["status"] == 404;
    view["detail"] = missing ? std::string(words.plain("problem.missing_why"))
                             : sentence(text_at(view, "what"), text_at(view, "detail"));
    // What the operator can do about it is no business of the reader.
    const bool internal = !text_at(view, "id").empty();
    view["next_step"] = internal ? std::string() : sentence(text_at(view, "next_step"));
    if (missing) view["code"] = "";
    if (missing) view["next_step"] = "";
    const std::string id = text_at(view, "id");
    view["id_words"] = id.empty() ? std::string() : words.say("problem.id", {id});
    view["home_href"] = base + "/";
  } else if (name == "resend") {
    view["action"] = base + text_at(view, "action");
  } else if (name == "password") {
    view["action"] = base + "/settings/password";
    view["back_href"] = base + "/settings";
  } else if (name == "sessions") {
    view["password_href"] = base + "/settings/password";
    if (json::array* const rows = rows_at(view, "sessions")) {
      for (json::value& value : *rows) {
        json::object& row = value.as_object();
        row["action"] = base + "/settings/sessions/" + url_part(text_at(row, "id")) + "/end";
        row["when"] = moment(row, "created", zone, words);
        row["browser"] = browser_words(text_at(row, "browser"), words);
      }
    }
  } else if (name == "tokens") {
    view["action"] = base + "/settings/tokens";
    json::array scopes;
    for (const char* const one : {"read", "write", "admin"})
      scopes.push_back(json::object{{"value", one}, {"words", words.plain(std::string("scope.") + one)}});
    view["scopes"] = std::move(scopes);
    if (json::array* const rows = rows_at(view, "tokens")) {
      for (json::value& value : *rows) {
        json::object& row = value.as_object();
        row["action"] = base + "/settings/tokens/" + url_part(text_at(row, "id")) + "/end";
        row["when"] = moment(row, "expires", zone, words);
        row["scope_words"] = scopes_text(row, words);
      }
    }
  }
}

}  // namespace comity::web
