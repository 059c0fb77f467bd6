// SPDX-License-Identifier: EUPL-1.2
// The home page, and status updates.
#include <charconv>

#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/pages/confirm.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"
#include "node/web/serve/cookies.h"

namespace comity::web {
namespace {

namespace json = boost::json;
using proto::Result;

constexpr std::string_view kSeenCookie = "comity_seen";
constexpr std::int64_t kVisitEnds = 30 * 60;  // seconds without a look at the page
constexpr std::size_t kAudiences = 25;

/// When the visit before this one ended, from a cookie "BEFORE.NOW"; brings the cookie up to date.
std::int64_t last_visit(Visit& visit, Seconds now) {
  const auto cookie =
      find_cookie(visit.request.fields.find("Cookie").value_or(""), kSeenCookie, visit.secure);
  std::int64_t before = 0;
  std::int64_t latest = 0;
  if (cookie) {
    const std::size_t dot = cookie->find('.');
    const char* const begin = cookie->data();
    if (dot != std::string::npos) {
      std::from_chars(begin, begin + dot, before);
      std::from_chars(begin + dot + 1, begin + cookie->size(), latest);
    }
  }
  const std::int64_t moment = now.time_since_epoch().count();
  if (moment - latest > kVisitEnds) before = latest;
  visit.cookies.push_back(set_cookie({.name = kSeenCookie,
                                      .value = std::to_string(before) + "." + std::to_string(moment),
                                      .age = std::chrono::hours(24 * 90)},
                                     visit.secure));
  return before;
}

std::string greeting(const Lens& lens, const std::string& name) {
  const auto local = lens.zone.at(lens.now).time;
  const auto hour =
      std::chrono::floor<std::chrono::hours>(local - std::chrono::floor<std::chrono::days>(local)).count();
  const std::string first = name.substr(0, name.find(' '));
  if (hour < 12) return lens.words->say("greeting.morning", {first});
  return lens.words->say(hour < 18 ? "greeting.day" : "greeting.evening", {first});
}

/// Whom an update may be for: inside first, which is the narrowest, then the spaces that one follows.
json::array audiences(const Lens& lens, const json::array& spaces, const std::string& chosen) {
  json::array out;
  const auto add = [&](const std::string& value, const std::string& title, const SeenSpace& space) {
    const json::object reach = reach_view(lens, space);
    const std::string boundary = text_in(reach, "words");
    std::string say = text_in(reach, "will_reach");
    for (const std::string& one : texts_in(reach, "unreached"))
      say += " " + one;
    if (space.kind == "shared") say += ". " + std::string(lens.words->plain("reach.wider"));
    out.push_back(json::object{{"value", value},
                               {"words", title.empty() ? boundary : title + " (" + boundary + ")"},
                               {"kind", space.kind},
                               {"reach", say},
                               {"chosen", value == chosen}});
  };
  add("inside", "", {.kind = "inside", .agencies = {lens.agency}});
  for (const json::value& value : spaces) {
    const json::object& row = value.as_object();
    const SeenSpace* const space = lens.space(text_in(row, "id"));
    if (space != nullptr && out.size() < kAudiences) add(text_in(row, "id"), space->title, *space);
  }
  return out;
}

json::array suggested_views(const Lens& lens, const json::array& spaces) {
  json::array out;
  for (const json::value& value : spaces) {
    const json::object& row = value.as_object();
    SeenSpace space = seen_space(row, lens.agency);
    if (const SeenSpace* const known = lens.space(text_in(row, "id"))) space = *known;
    out.push_back(json::object{{"title", space.title},
                               {"description", text_in(row, "description")},
                               {"href", lens.to(space_path(space, ""))},
                               {"boundary", boundary_view(lens, space)},
                               {"reasons", list_in(row, "reasons")},
                               {"follow_href", lens.to(space_path(space, "") + "/follow")}});
  }
  return out;
}

struct HomeAnswers {
  json::array entries, spaces, suggested, people;
  std::map<std::string, std::uint64_t> unread;
  std::string next, filter, after;
  std::int64_t seen = 0;
  Written written;
  json::value problem;
  std::string name;
};

json::array timeline_views(const Lens& lens, const HomeAnswers& in) {
  json::array out;
  bool fresh = false;
  bool divided = in.seen == 0;
  for (const json::value& value : in.entries) {
    const json::object& row = value.as_object();
    const SeenSpace* const space = lens.space(text_in(row, "space_id"));
    const bool wanted = in.filter.empty() || (space != nullptr && space->kind == in.filter);
    if (!wanted) continue;
    json::object card = card_view(lens, row, true);
    const auto time = read_moment(text_in(row, "time"));
    const bool is_new = time && time->time_since_epoch().count() > in.seen;
    if (!divided && fresh && !is_new) {
      // Above this line is what came since.
      card["divider"] = lens.words->plain("home.divider");
      divided = true;
    }
    fresh = fresh || is_new;
    out.push_back(std::move(card));
  }
  return out;
}

json::object home_view(json::object view, const Lens& lens, const HomeAnswers& in) {
  const Words& words = *lens.words;
  view["greeting"] = greeting(lens, in.name);
  view["problem"] = in.problem;
  const std::string chosen = in.written.at("audience").empty() ? "inside" : in.written.at("audience");
  json::array all = audiences(lens, in.spaces, chosen);
  std::string say;
  for (const json::value& one : all) {
    if (flag_in(one.as_object(), "chosen")) say = text_in(one.as_object(), "reach");
  }
  const SeenSpace inside{.kind = "inside", .ceiling = "AMBER+STRICT"};
  // Without a choice an update gets the strictest label that its audience admits, whichever that is.
  json::array labels = label_options(lens, inside, in.written.at("label"));
  const bool usual = in.written.at("label").empty();
  for (json::value& one : labels)
    if (usual) one.as_object()["chosen"] = false;
  labels.insert(labels.begin(),
                json::object{{"value", ""}, {"words", words.plain("label.usual")}, {"chosen", usual}});
  view["compose"] = json::object{{"action", lens.to("/updates")},
                                 {"text", in.written.at("text")},
                                 {"audiences", std::move(all)},
                                 {"labels", std::move(labels)},
                                 {"reach_say", say},
                                 {"draft_note", draft_words(lens, in.written)}};
  view["suggested"] = suggested_views(lens, in.suggested);
  json::array filters;
  for (const auto& [key, word] : {std::pair("", "home.filter.all"), std::pair("inside", "home.filter.inside"),
                                  std::pair("shared", "home.filter.shared")}) {
    filters.push_back(json::object{{"href", lens.to(*key == 0 ? "/" : std::string("/?show=") + key)},
                                   {"words", words.plain(word)},
                                   {"current", in.filter == key}});
  }
  view["filters"] = std::move(filters);
  view["entries"] = timeline_views(lens, in);
  view["pager"] =
      pager_view(lens, in.filter.empty() ? "/" : "/?show=" + in.filter, in.next, !in.after.empty());
  json::array mine;
  for (const json::value& value : in.spaces) {
    const json::object& row = value.as_object();
    const SeenSpace* const space = lens.space(text_in(row, "id"));
    if (space == nullptr) continue;
    const auto unread = in.unread.find(text_in(row, "id"));
    mine.push_back(json::object{{"title", space->title},
                                {"href", lens.to(space_path(*space, text_in(row, "id")))},
                                {"icon", text_in(boundary_view(lens, *space), "icon")},
                                {"unread", unread == in.unread.end() ? 0 : unread->second}});
  }
  view["mine"] = std::move(mine);
  json::array people;
  for (const json::value& value : in.people)
    people.push_back(
        person_view(lens, text_in(value.as_object(), "person"), text_in(value.as_object(), "name")));
  view["following"] = std::move(people);
  view["all_spaces_href"] = lens.to("/spaces?show=all");
  return view;
}

http::Task<http::Response> home_with(Shared visit, Written written, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  HomeAnswers in{.filter = visit->asked("show").value_or(""),
                 .after = visit->asked("after").value_or(""),
                 .written = std::move(written),
                 .problem = std::move(problem),
                 .name = visit->person->name.empty() ? visit->person->handle : visit->person->name};
  if (in.filter != "inside" && in.filter != "shared") in.filter.clear();
  json::object page_arguments{{"limit", 25}};
  if (!in.after.empty()) page_arguments["after"] = in.after;
  COMITY_ASK(timeline, "timeline", page_arguments);
  in.entries = list_in(timeline, "entries");
  in.next = text_in(timeline, "next");
  json::object followed_arguments{{"followed", true}};
  COMITY_ASK(spaces, "space/list", followed_arguments);
  in.spaces = list_in(spaces, "spaces");
  if (in.spaces.empty()) {
    json::object none;
    COMITY_ASK(suggested, "space/suggest", none);
    in.suggested = list_in(suggested, "spaces");
  }
  json::object few{{"limit", 12}};
  COMITY_ASK(following, "following", few);
  in.people = list_in(following, "people");
  json::object nothing;
  COMITY_ASK(unread, "unread", nothing);
  for (const json::value& row : list_in(unread, "spaces"))
    in.unread[text_in(row.as_object(), "space_id")] = number_in(row.as_object(), "unread");
  json::array known;
  for (const json::array* const rows : {&in.spaces, &in.suggested}) {
    for (const json::value& row : *rows)
      known.push_back(json::object{{"space_id", text_in(row.as_object(), "id")}});
  }
  co_await see_spaces_of(visit, lens, known);
  co_await see_spaces_of(visit, lens, in.entries);
  in.seen = last_visit(*visit, lens->now);
  json::object view = co_await begin_view(visit, "home", "");
  Make make = [view, lens, in] { return home_view(view, *lens, in); };
  http::Response out = co_await show(visit, "home", std::move(make), status);
  co_return out;
}

http::Task<http::Response> home(Shared visit) {
  Written written = co_await draft_of(visit, "update");
  http::Response out = co_await home_with(visit, std::move(written), nullptr, 200);
  co_return out;
}

/// What is asked before an update: whether it goes to other agencies, or may go further than usual.
std::optional<Question> update_question(const Lens& lens, const SeenSpace& space, const Written& written) {
  const Words& words = *lens.words;
  const std::string label = written.at("label");
  Question out{.action = "/updates", .back = "/", .text = written.at("text"), .space = space};
  const auto wider = label.empty() ? std::nullopt : wider_label(lens, space, usual_label(space), label);
  if (wider) {
    out.title = words.say("confirm.label_title", {label});
    out.send_words = words.say("confirm.label_send", {label});
    out.points.push_back(*wider);
  }
  if (space.kind == "shared") {
    out.title = words.say("confirm.update", {space.title});
    out.send_words = words.plain("confirm.update_send");
    out.points.push_back(words.say("confirm.update_point", {std::to_string(space.agencies.size())}));
  }
  if (out.points.empty()) return std::nullopt;
  return out;
}

http::Task<http::Response> send_update(Shared visit) {
  if (!is_sure(*visit)) {
    auto lens = lens_of(*visit);
    const Written written = sent(*visit);
    const std::string audience = written.at("audience");
    SeenSpace space{.kind = "inside", .ceiling = "AMBER+STRICT", .agencies = {lens->agency}};
    if (!audience.empty() && audience != "inside") {
      auto shown = co_await see_space(visit, lens, audience);
      if (!shown.ok()) co_return failure(*visit, shown.error());
      space = *lens->space(text_in(object_of(*shown), "id"));
    }
    auto question = update_question(*lens, space, written);
    if (question) {
      co_await keep_draft(visit, "update");
      http::Response out = co_await ask_first(visit, lens, *std::move(question));
      co_return out;
    }
  }
  json::object arguments{{"text", with_plain_line_ends(visit->field("text").value_or(""))},
                         {"audience", visit->field("audience").value_or("inside")}};
  if (const auto label = visit->field("label"); label && !label->empty()) arguments["label"] = *label;
  auto done = co_await visit->run("update", std::move(arguments));
  if (!done.ok()) {
    co_await keep_draft(visit, "update");
    http::Response out = co_await home_with(visit, sent(*visit), problem_view(done.error(), true), 422);
    co_return out;
  }
  co_await drop_draft(visit, "update");
  tell_next(*visit, "success", "posted");
  co_return see_other(*visit, "/");
}

}  // namespace

void add_home_pages(Router& router) {
  router.get("/", Access::kPerson, home);
  router.post("/updates", Access::kPerson, send_update, Sending::kOnce);
}

}  // namespace comity::web
