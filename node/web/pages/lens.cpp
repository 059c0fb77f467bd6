// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/lens.h"

#include <algorithm>

#include "node/web/look/look.h"
#include "node/web/look/markdown.h"

namespace comity::web {

namespace json = boost::json;

const SeenSpace* Lens::space(std::string_view id) const {
  const auto found = spaces.find(std::string(id));
  return found == spaces.end() ? nullptr : &found->second;
}

std::string text_in(const json::object& row, std::string_view name) {
  const json::value* const value = row.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag_in(const json::object& row, std::string_view name) {
  const json::value* const value = row.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::uint64_t number_in(const json::object& row, std::string_view name) {
  const json::value* const value = row.if_contains(name);
  if (value == nullptr) return 0;
  if (value->is_uint64()) return value->get_uint64();
  return value->is_int64() && value->get_int64() > 0 ? static_cast<std::uint64_t>(value->get_int64()) : 0;
}

const json::array& list_in(const json::object& row, std::string_view name) {
  static const json::array nothing;
  const json::value* const value = row.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : nothing;
}

const json::object& object_in(const json::object& row, std::string_view name) {
  static const json::object nothing;
  const json::value* const value = row.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : nothing;
}

std::vector<std::string> texts_in(const json::object& row, std::string_view name) {
  std::vector<std::string> out;
  for (const json::value& one : list_in(row, name)) {
    if (one.is_string()) out.emplace_back(one.get_string());
  }
  return out;
}

std::string agencies_text(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ", ") + capital(name);
  return out;
}

SeenSpace seen_space(const json::object& space, std::string_view own_agency) {
  SeenSpace out{.slug = text_in(space, "slug"),
                .title = text_in(space, "title"),
                .kind = text_in(space, "kind"),
                .ceiling = text_in(space, "label_ceiling"),
                .people = texts_in(space, "people")};
  if (out.title.empty()) out.title = out.slug;
  out.agencies.emplace_back(own_agency);
  for (const json::value& value : list_in(space, "members")) {
    if (!value.is_object()) continue;
    const json::object& member = value.get_object();
    const std::string name = text_in(member, "agency");
    const bool counted = text_in(member, "readers_by") != "cards";
    if (const std::uint64_t people = number_in(member, "readers"); people > 0 && counted)
      out.counts[name] = people;
    if (text_in(member, "state") == "self" || name == own_agency) continue;
    if (text_in(member, "state") == "reached") {
      out.agencies.push_back(name);
    } else {
      out.unreached.push_back({name, text_in(member, "reason")});
    }
  }
  return out;
}

json::object boundary_view(const Lens& lens, const SeenSpace& space) {
  constexpr std::size_t kNamed = 4;
  const Words& words = *lens.words;
  if (space.kind == "circle")
    return {{"kind", "named"}, {"words", words.plain("boundary.named")}, {"icon", icon(lens.base, "person")}};
  if (space.kind == "inside")
    return {{"kind", "inside"},
            {"words", words.say("boundary.inside", {capital(lens.agency)})},
            {"icon", icon(lens.base, "lock")}};
  std::vector<std::string> shown = space.agencies;
  const std::size_t more = shown.size() > kNamed ? shown.size() - kNamed : 0;
  shown.resize(shown.size() - more);
  const std::string names = agencies_text(shown);
  return {{"kind", "shared"},
          {"words", more > 0 ? words.say("boundary.shared_many", {names, std::to_string(more)})
                             : words.say("boundary.shared", {names})},
          {"icon", icon(lens.base, "groups")}};
}

json::object reach_view(const Lens& lens, const SeenSpace& space) {
  const Words& words = *lens.words;
  json::object out = boundary_view(lens, space);
  if (space.kind == "circle") {
    std::string names;
    for (const std::string& one : space.people)
      names += (names.empty() ? "" : ", ") + one;
    out["will_reach"] = words.say("reach.named", {names});
  } else {
    std::string names;
    for (const std::string& agency : space.agencies) {
      const auto count = space.counts.find(agency);
      names += (names.empty() ? "" : ", ");
      names += count == space.counts.end() ? capital(agency)
                                           : words.count("reach.people", count->second, {capital(agency)});
    }
    out["will_reach"] = words.say("reach.will", {names});
  }
  json::array unreached;
  for (const SeenSpace::Unreached& one : space.unreached)
    unreached.push_back(json::value(words.say("reach.not", {capital(one.agency), one.reason})));
  out["unreached"] = std::move(unreached);
  return out;
}

json::object label_view(const Lens& lens, std::string_view label, bool inside) {
  const std::string special = "label.meaning.inside." + std::string(label);
  const bool own = inside && lens.words->has(special);
  return {{"name", label},
          {"meaning", lens.words->plain(own ? special : "label.meaning." + std::string(label))}};
}

json::array label_options(const Lens& lens, const SeenSpace& space, std::string_view chosen) {
  constexpr std::string_view kLabels[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT"};
  const std::string ceiling =
      space.kind == "inside" && space.ceiling.empty() ? "AMBER+STRICT" : space.ceiling;
  const std::string_view marked = chosen.empty() ? std::string_view(ceiling) : chosen;
  bool any = false;
  json::array out;
  for (const std::string_view label : kLabels) {
    const json::object view = label_view(lens, label, space.kind == "inside");
    out.push_back(json::object{{"value", label},
                               {"words", lens.words->say("label.option", {label, text_in(view, "meaning")})},
                               {"chosen", label == marked}});
    any = any || label == marked;
    if (label == ceiling) break;
  }
  // A draft may hold a label that is not offered here. A browser would take the first one, the widest.
  if (!any) out.back().as_object()["chosen"] = true;
  return out;
}

json::value when_view(const Lens& lens, std::string_view time) {
  if (time.empty()) return nullptr;
  const ShownMoment shown = shown_moment(time, lens.zone, lens.now, *lens.words);
  return json::object{
      {"datetime", shown.datetime}, {"absolute", shown.absolute}, {"relative", shown.relative}};
}

std::string agency_of_address(const Lens& lens, std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? lens.agency : std::string(address.substr(at + 1));
}

json::object person_view(const Lens& lens, std::string_view address, std::string_view name) {
  const bool agency_itself = address.find('@') == std::string_view::npos;
  const std::string shown = !name.empty()   ? std::string(name)
                            : agency_itself ? capital(address)
                                            : std::string(address);
  json::object out{{"name", shown},
                   {"address", address},
                   {"initials", initials_of(shown)},
                   {"hue", hue_of(address)},
                   {"agency", agency_itself ? "" : capital(agency_of_address(lens, address))},
                   {"href", agency_itself ? "" : lens.to("/people/" + url_part(address))}};
  return out;
}

json::value pager_view(const Lens& lens, std::string_view path, std::string_view next, bool began_later) {
  if (next.empty() && !began_later) return nullptr;
  const std::string joint = path.find('?') == std::string_view::npos ? "?" : "&";
  json::object out;
  if (began_later) out["first"] = lens.to(path);
  if (!next.empty()) out["next"] = lens.to(std::string(path) + joint + "after=" + url_part(next));
  return out;
}

std::string space_path(const SeenSpace& space, std::string_view id) {
  return space.kind == "circle" ? "/messages/" + url_part(id) : "/s/" + url_part(space.slug);
}

std::string wiki_path(std::string_view slug, std::string_view page) {
  return "/w/" + url_part(slug) + "/" + url_part(page, true);
}

json::array options(const Lens& lens, std::string_view group, std::initializer_list<std::string_view> values,
                    std::string_view chosen) {
  json::array out;
  for (const std::string_view value : values) {
    const std::string key = std::string(group) + "." + std::string(value);
    out.push_back(
        json::object{{"value", value}, {"words", lens.words->plain(key)}, {"chosen", value == chosen}});
  }
  return out;
}

}  // namespace comity::web
