// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/look.h"

#include <algorithm>
#include <cstdint>

#include <boost/json/array.hpp>

#include "node/web/look/embedded.h"
#include "node/web/look/markdown.h"
#include "node/web/look/server_pages.h"
#include "node/web/look/templates.h"
#include "node/web/look/words.h"

namespace comity::web {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& in, std::string_view name) {
  const json::value* const value = in.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string asset(std::string_view base, std::string_view name) {
  return std::string(base) + "/assets/" + std::string(asset_address(name));
}

/// The places that are always at hand.
json::array rail(std::string_view base, std::string_view here, const Words& words) {
  struct Place {
    std::string_view path, word, icon;
  };
  constexpr Place kPlaces[] = {{"/", "nav.home", "home"},
                               {"/spaces", "nav.spaces", "groups"},
                               {"/people", "nav.people", "people"},
                               {"/messages", "nav.messages", "mail"}};
  json::array out;
  for (const Place& place : kPlaces) {
    const bool below = place.path == "/" ? here == "/" : here.starts_with(place.path);
    const bool of_spaces = place.path == "/spaces" && (here.starts_with("/s/") || here.starts_with("/w/"));
    out.push_back(json::object{{"href", std::string(base) + std::string(place.path)},
                               {"words", words.plain(place.word)},
                               {"icon", icon(base, place.icon)},
                               {"current", below || of_spaces}});
  }
  return out;
}

void dress(json::object& page, std::string_view name, const Words& words) {
  const std::string base = text_of(page, "base");
  const std::string here = text_of(page, "here");
  const auto to = [&](std::string_view path) { return json::value(base + std::string(path)); };
  page["lang"] = "en";
  if (text_of(page, "theme").empty()) page["theme"] = "auto";
  page["site"] = text_of(page, "agency");
  if (text_of(page, "title").empty()) {
    const std::string key = "title." + std::string(name);
    page["title"] = words.has(key) ? words.plain(key) : words.plain("product");
  }
  page["css"] = asset(base, "comity.css");
  page["js"] = asset(base, "comity.js");
  page["icons"] = asset(base, "icons.svg");
  page["logo"] = asset(base, "logo.svg");
  page["promise"] = words.say("page.promise", {text_of(page, "agency")});
  page["home_href"] = to("/");
  page["search_href"] = to("/search");
  page["notifications_href"] = to("/notifications");
  page["drafts_href"] = to("/drafts");
  page["settings_href"] = to("/settings");
  page["operator_href"] = to("/operator");
  page["sign_out_href"] = to("/sign-out");
  page["help_href"] = to("/help");
  page["keys_href"] = to("/help#keys");
  page["accessibility_href"] = to("/accessibility");
  page["in_notifications"] = here.starts_with("/notifications");
  const json::value* const person = page.if_contains("person");
  const bool signed_in = person != nullptr && person->is_object();
  // A copy: each field that is added may move all others.
  const json::object who = signed_in ? person->get_object() : json::object();
  page["signed_in"] = signed_in;
  if (signed_in) {
    const std::string shown = text_of(who, "name").empty() ? text_of(who, "handle") : text_of(who, "name");
    page["profile_href"] = to("/people/" + url_part(text_of(who, "address")));
    page["initials"] = initials_of(shown);
    page["hue"] = hue_of(text_of(who, "address"));
    const json::value* const administrator = who.if_contains("administrator");
    page["operator"] = administrator != nullptr && administrator->is_bool() && administrator->get_bool();
    page["nav"] = rail(base, here, words);
    page["person"] = shown;
  }
  if (json::value* const notice = page.if_contains("notice"); notice != nullptr && notice->is_object()) {
    const bool bad = text_of(notice->get_object(), "kind") == "error";
    notice->get_object()["role"] = bad ? "alert" : "status";
  }
}

}  // namespace

std::string look(const std::string& name, const json::object& view) {
  const Words& words = english();
  std::string file = name;
  std::replace(file.begin(), file.end(), '-', '_');
  json::object dressed = view;
  json::value& page = dressed["page"];
  if (!page.is_object()) page = json::object();
  dress(page.get_object(), file, words);
  complete_server_page(file, dressed, words);
  return render(file, dressed, words);
}

std::string look_piece(const std::string& name, json::object view, std::string_view base) {
  view["page"] = json::object{{"icons", asset(base, "icons.svg")}};
  return render(name, view, english());
}

std::string initials_of(std::string_view name) {
  std::string out;
  bool begins = true;
  std::size_t letters = 0;
  for (std::size_t at = 0; at < name.size() && letters < 2;) {
    const auto byte = static_cast<unsigned char>(name[at]);
    const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    const bool gap = byte == ' ' || byte == '-' || byte == '.' || byte == '@';
    if (byte == '@' && letters > 0) break;
    if (begins && !gap) {
      std::string letter(name.substr(at, length));
      if (letter[0] >= 'a' && letter[0] <= 'z') letter[0] = static_cast<char>(letter[0] - 'a' + 'A');
      out += letter;
      ++letters;
    }
    begins = gap;
    at += length;
  }
  return out;
}

std::string hue_of(std::string_view text) {
  std::uint32_t sum = 2166136261U;
  for (const char c : text)
    sum = (sum ^ static_cast<unsigned char>(c)) * 16777619U;
  return "h" + std::to_string((sum >> 8U) % 8);
}

std::string icon(std::string_view base, std::string_view name) {
  return asset(base, "icons.svg") + "#" + std::string(name);
}

std::string capital(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

std::string sentence(std::string_view words, std::string_view detail) {
  if (words.empty()) return {};
  std::string out(words);
  if (out.front() >= 'a' && out.front() <= 'z') out.front() = static_cast<char>(out.front() - 'a' + 'A');
  if (!detail.empty()) out += " (" + std::string(detail) + ")";
  if (out.back() != '.') out += '.';
  return out;
}

}  // namespace comity::web
