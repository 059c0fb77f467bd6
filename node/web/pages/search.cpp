// SPDX-License-Identifier: EUPL-1.2
// Search: one box, what was found with the place where the words stand, and counts to narrow it by.
#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"

namespace comity::web {
namespace {

namespace json = boost::json;

constexpr std::string_view kFacets[] = {"type", "agency", "space", "author", "label", "tag", "date"};
constexpr std::size_t kValues = 8;

using Narrowed = std::map<std::string, std::string>;

std::string path_of(const std::string& q, const std::string& sort, const Narrowed& by) {
  std::string out = "/search?q=" + url_part(q);
  if (!sort.empty() && sort != "newest") out += "&sort=" + url_part(sort);
  for (const auto& [name, value] : by)
    out += "&" + name + "=" + url_part(value);
  return out;
}

/// The first and the last day of "2026-03", as the command takes them.
std::pair<std::string, std::string> month(const std::string& text) {
  if (text.size() != 7) return {};
  const int year = std::atoi(text.substr(0, 4).c_str());
  const int number = std::atoi(text.substr(5, 2).c_str());
  if (year < 1970 || number < 1 || number > 12) return {};
  const std::string next = number == 12
                               ? std::to_string(year + 1) + "-01"
                               : text.substr(0, 5) + (number < 9 ? "0" : "") + std::to_string(number + 1);
  return {text + "-01", next + "-01"};
}

json::array snippet_views(const json::object& row) {
  const std::string text = text_in(row, "snippet");
  json::array out;
  std::size_t at = 0;
  const auto add = [&](std::size_t end, bool mark) {
    if (end > at && end <= text.size())
      out.push_back(json::object{{"text", text.substr(at, end - at)}, {"mark", mark}});
    at = std::max(at, std::min(end, text.size()));
  };
  for (const json::value& value : list_in(row, "marks")) {
    if (!value.is_array() || value.get_array().size() != 2) continue;
    add(value.get_array()[0].to_number<std::size_t>(), false);
    add(value.get_array()[1].to_number<std::size_t>(), true);
  }
  add(text.size(), false);
  return out;
}

std::string value_words(const Lens& lens, std::string_view facet, const std::string& value) {
  if (facet == "type") return std::string(lens.words->plain("kind." + value));
  if (facet == "agency") return capital(value);
  if (facet == "tag") return "#" + value;
  return value;
}

struct SearchAnswers {
  json::object found;
  json::value problem;
  Narrowed by;
  std::string q, sort, after;
  std::vector<std::string> partners;
  bool asked = false;
};

json::array facet_views(const Lens& lens, const SearchAnswers& in) {
  json::array out;
  const json::object& facets = object_in(in.found, "facets");
  for (const std::string_view name : kFacets) {
    if (in.by.contains(std::string(name))) continue;
    std::vector<std::pair<std::uint64_t, std::string>> counts;
    for (const auto& [value, count] : object_in(facets, name))
      counts.emplace_back(count.to_number<std::uint64_t>(), std::string(value));
    if (counts.size() < 2) continue;
    std::sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    json::array values;
    for (const auto& [count, value] : counts) {
      if (values.size() == kValues) break;
      Narrowed by = in.by;
      by[std::string(name)] = value;
      values.push_back(json::object{{"words", value_words(lens, name, value)},
                                    {"count", count},
                                    {"href", lens.to(path_of(in.q, in.sort, by))}});
    }
    out.push_back(json::object{{"words", lens.words->plain("facet." + std::string(name))},
                               {"values", std::move(values)}});
  }
  return out;
}

json::object search_view(json::object view, const Lens& lens, const SearchAnswers& in) {
  const Words& words = *lens.words;
  view["problem"] = in.problem;
  view["action"] = lens.to("/search");
  view["q"] = in.q;
  view["sorts"] = options(lens, "sort", {"newest", "relevance"}, in.sort.empty() ? "newest" : in.sort);
  json::array kept;
  json::array narrowed;
  for (const auto& [name, value] : in.by) {
    kept.push_back(json::object{{"name", name}, {"value", value}});
    Narrowed without = in.by;
    without.erase(name);
    narrowed.push_back(
        json::object{{"words", words.say("narrowed." + name, {value_words(lens, name, value)})},
                     {"href", lens.to(path_of(in.q, in.sort, without))}});
  }
  view["kept"] = std::move(kept);
  view["narrowed"] = std::move(narrowed);
  json::array entries;
  for (const json::value& value : list_in(in.found, "entries")) {
    const json::object& row = value.as_object();
    json::object card = card_view(lens, row, true);
    card["snippet"] = snippet_views(row);
    card["kind_words"] = value_words(lens, "type", text_in(row, "kind"));
    entries.push_back(std::move(card));
  }
  json::array people;
  for (const json::value& person : list_in(in.found, "people"))
    people.push_back(
        person_view(lens, text_in(person.as_object(), "person"), text_in(person.as_object(), "name")));
  const json::object& facets = object_in(in.found, "facets");
  const std::uint64_t all = std::max<std::uint64_t>(number_in(facets, "all"), entries.size());
  view["asked"] = in.asked;
  view["found"] = !in.asked                           ? std::string(words.plain("search.ask"))
                  : in.problem.is_object()            ? std::string()
                  : entries.empty() && people.empty() ? std::string(words.plain("search.none"))
                                                      : words.count("search.found", all);
  view["whose"] = words.say("search.whose", {agencies_text(in.partners)});
  view["entries"] = std::move(entries);
  view["people"] = std::move(people);
  view["facets"] = facet_views(lens, in);
  view["pager"] =
      pager_view(lens, path_of(in.q, in.sort, in.by), text_in(in.found, "next"), !in.after.empty());
  return view;
}

http::Task<http::Response> search(Shared visit) {
  auto lens = lens_of(*visit);
  SearchAnswers in{.q = visit->asked("q").value_or(""),
                   .sort = visit->asked("sort").value_or(""),
                   .after = visit->asked("after").value_or("")};
  if (in.sort != "relevance") in.sort.clear();
  json::object arguments{{"query", in.q}, {"limit", 20}};
  for (const std::string_view name : kFacets) {
    const std::string value = visit->asked(name).value_or("");
    if (value.empty()) continue;
    in.by[std::string(name)] = value;
    if (name == "date") {
      const auto [since, until] = month(value);
      if (!since.empty()) arguments["since"] = since;
      if (!until.empty()) arguments["until"] = until;
    } else if (name == "tag") {
      arguments["tags"] = json::array{json::value(value)};
    } else {
      arguments[name] = value;
    }
  }
  in.asked = !in.q.empty() || !in.by.empty();
  if (in.by["type"].empty()) in.by.erase("type");
  const bool people_only = in.by.contains("type") && in.by["type"] == "person";
  if (!in.sort.empty() && !people_only) arguments["sort"] = in.sort;
  if (!in.after.empty()) arguments["after"] = in.after;
  if (in.asked) {
    json::object counted = arguments;
    if (!people_only && in.after.empty()) counted["facets"] = true;
    auto answer = co_await visit->run("search", std::move(counted));
    if (answer.ok()) {
      in.found = object_of(*answer);
    } else {
      in.problem = problem_view(answer.error(), false);
    }
    // People come along where nothing was narrowed, which counting would be.
    if (in.by.empty() && in.after.empty() && !in.q.empty()) {
      json::object who{{"query", in.q}, {"limit", 5}};
      const auto people = co_await visit->run("people/search", std::move(who));
      if (people.ok()) in.found["people"] = list_in(object_of(*people), "people");
    }
    co_await see_spaces_of(visit, lens, list_in(in.found, "entries"));
  }
  for (const auto& [id, space] : lens->spaces) {
    for (const std::string& agency : space.agencies) {
      const bool there = std::find(in.partners.begin(), in.partners.end(), agency) != in.partners.end();
      if (!there && agency != lens->agency) in.partners.push_back(agency);
    }
  }
  json::object view = co_await begin_view(visit, "search", "");
  const unsigned status = in.problem.is_object() ? 422 : 200;
  Make make = [view, lens, in] { return search_view(view, *lens, in); };
  http::Response out = co_await show(visit, "search", std::move(make), status);
  co_return out;
}

}  // namespace

void add_search_pages(Router& router) {
  router.get("/search", Access::kPerson, search);
}

}  // namespace comity::web
