// SPDX-License-Identifier: EUPL-1.2
// The directory, a person's page, one's own card, and names for completion.
#include <boost/json/serialize.hpp>

#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"

namespace comity::web {
namespace {

namespace json = boost::json;

json::array skill_views(const Lens& lens, const json::object& person) {
  json::array out;
  for (const std::string& skill : texts_in(person, "skills"))
    out.push_back(json::object{{"name", skill}, {"href", lens.to("/people?skill=" + url_part(skill))}});
  return out;
}

json::object card_of(const Lens& lens, const json::object& person) {
  json::object out = person_view(lens, text_in(person, "person"), text_in(person, "name"));
  const std::string unit = text_in(person, "unit");
  const std::string agency = text_in(out, "agency");
  out["position"] = text_in(person, "position");
  out["unit_line"] = unit.empty() ? agency : unit + ", " + agency;
  out["skills"] = skill_views(lens, person);
  return out;
}

http::Task<json::array> agency_options(Shared visit, std::shared_ptr<Lens> lens, std::string chosen) {
  json::array out;
  out.push_back(json::object{
      {"value", lens->agency}, {"words", capital(lens->agency)}, {"chosen", lens->agency == chosen}});
  json::object arguments{{"kind", "directory"}};
  const auto answer = co_await visit->run("space/list", std::move(arguments));
  if (!answer.ok()) co_return out;
  const json::object all = object_of(*answer);
  for (const json::value& value : list_in(all, "spaces")) {
    const std::string name = text_in(value.as_object(), "steward");
    if (name.empty() || name == lens->agency) continue;
    out.push_back(json::object{{"value", name}, {"words", capital(name)}, {"chosen", name == chosen}});
  }
  co_return out;
}

http::Task<http::Response> directory(Shared visit) {
  auto lens = lens_of(*visit);
  const std::string q = visit->asked("q").value_or("");
  const std::string agency = visit->asked("agency").value_or("");
  const std::string skill = visit->asked("skill").value_or("");
  const std::string after = visit->asked("after").value_or("");
  json::object arguments{{"limit", 30}, {"query", q}};
  if (!agency.empty()) arguments["agency"] = agency;
  if (!skill.empty()) arguments["skill"] = skill;
  if (!after.empty()) arguments["after"] = after;
  auto answer = co_await visit->run("people/search", std::move(arguments));
  const json::object found = answer.ok() ? object_of(*answer) : json::object();
  const json::value problem =
      answer.ok() ? json::value(nullptr) : json::value(problem_view(answer.error(), false));
  const json::array agencies = co_await agency_options(visit, lens, agency);
  json::object view = co_await begin_view(visit, "people", "");
  Make make = [view, lens, found, problem, agencies, q, agency, skill, after]() mutable {
    view["problem"] = problem;
    view["action"] = lens->to("/people");
    view["q"] = q;
    view["skill"] = skill;
    view["agencies"] = agencies;
    json::array people;
    for (const json::value& person : list_in(found, "people"))
      people.push_back(card_of(*lens, person.as_object()));
    view["people"] = std::move(people);
    const std::string path =
        "/people?q=" + url_part(q) + "&agency=" + url_part(agency) + "&skill=" + url_part(skill);
    view["pager"] = pager_view(*lens, path, text_in(found, "next"), !after.empty());
    return view;
  };
  http::Response out = co_await show(visit, "people", std::move(make));
  co_return out;
}

http::Task<http::Response> profile(Shared visit) {
  auto lens = lens_of(*visit);
  json::object arguments{{"who", visit->part("who")}};
  COMITY_ASK(person, "profile/show", arguments);
  const std::string address = text_in(person, "person");
  const std::string after = visit->asked("after").value_or("");
  json::object search{{"author", address}, {"limit", 15}};
  if (!after.empty()) search["after"] = after;
  auto written = co_await visit->run("search", std::move(search));
  const json::object found = written.ok() ? object_of(*written) : json::object();
  co_await see_spaces_of(visit, lens, list_in(found, "entries"));
  bool followed = false;
  json::object all{{"limit", 100}};
  const auto following = co_await visit->run("following", std::move(all));
  if (following.ok()) {
    const json::object list = object_of(*following);
    for (const json::value& one : list_in(list, "people"))
      followed = followed || text_in(one.as_object(), "id") == text_in(person, "id");
  }
  json::object view = co_await begin_view(visit, "profile", text_in(person, "name"));
  Make make = [view, lens, person, found, followed, address, after]() mutable {
    const Words& words = *lens->words;
    json::object card = card_of(*lens, person);
    card["about"] = text_in(person, "about");
    card["mail"] = text_in(person, "mail");
    card["phone"] = text_in(person, "phone");
    card["left"] = flag_in(person, "left");
    std::string languages;
    for (const std::string& one : texts_in(person, "languages"))
      languages += (languages.empty() ? "" : ", ") + one;
    card["languages"] = languages;
    const bool own = address == lens->address;
    if (own)
      card["released"] = words.plain(!flag_in(person, "listed")   ? "release.nothing"
                                     : flag_in(person, "contact") ? "release.contact"
                                                                  : "release.standard");
    view["person"] = std::move(card);
    view["own"] = own;
    view["edit_href"] = lens->to("/settings/profile");
    view["followed"] = followed;
    view["follow_href"] = lens->to("/people/" + url_part(address) + "/follow");
    view["message_href"] = lens->to("/messages/new?to=" + url_part(address));
    view["entries"] = card_views(*lens, list_in(found, "entries"), true);
    view["pager"] = pager_view(*lens, "/people/" + url_part(address), text_in(found, "next"), !after.empty());
    return view;
  };
  http::Response out = co_await show(visit, "profile", std::move(make));
  co_return out;
}

http::Task<http::Response> follow(Shared visit) {
  const std::string who = visit->part("who");
  json::object arguments{{"who", who}};
  const std::string command = visit->field("undo") ? "unfollow" : "follow";
  auto done = co_await visit->run(command, std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  co_return see_other(*visit, "/people/" + url_part(who));
}

http::Task<http::Response> complete(Shared visit) {
  json::object arguments{{"limit", 8}, {"query", visit->asked("q").value_or("")}};
  std::string query = visit->asked("q").value_or("");
  if (const std::size_t at = query.find('@'); at != std::string::npos) {
    arguments["query"] = query.substr(0, at);
    if (at + 1 < query.size()) arguments["agency"] = query.substr(at + 1);
  }
  json::array people;
  auto answer = co_await visit->run("people/search", std::move(arguments));
  if (answer.ok()) {
    const json::object found = object_of(*answer);
    for (const json::value& value : list_in(found, "people")) {
      const json::object& person = value.as_object();
      people.push_back(
          json::object{{"person", text_in(person, "person")}, {"name", text_in(person, "name")}});
    }
  }
  co_return http::Response{.body = json::serialize(json::object{{"people", std::move(people)}})};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& one : texts)
    out += (out.empty() ? "" : ", ") + one;
  return out;
}

http::Task<http::Response> profile_form(Shared visit, Written written, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  json::object arguments{{"who", visit->person->handle}};
  COMITY_ASK(person, "profile/show", arguments);
  if (written.fields.empty()) {
    for (const char* const name : {"name", "unit", "position", "mail", "phone", "about"})
      written.fields[name] = text_in(person, name);
    written.fields["skills"] = joined(texts_in(person, "skills"));
    written.fields["languages"] = joined(texts_in(person, "languages"));
    written.fields["release"] = !flag_in(person, "listed")   ? "nothing"
                                : flag_in(person, "contact") ? "contact"
                                                             : "standard";
  }
  json::object view = co_await begin_view(visit, "profile-edit", "");
  Make make = [view, lens, written, problem]() mutable {
    const Words& words = *lens->words;
    view["problem"] = problem;
    view["action"] = lens->to("/settings/profile");
    view["back_href"] = lens->to("/people/" + url_part(lens->address));
    json::array fields;
    for (const auto& [name, hint] :
         {std::pair("name", "name"), std::pair("unit", ""), std::pair("position", "organization-title"),
          std::pair("skills", ""), std::pair("languages", ""), std::pair("mail", "email"),
          std::pair("phone", "tel")})
      fields.push_back(json::object{{"name", name},
                                    {"words", words.plain(std::string("profile.") + name)},
                                    {"value", written.at(name)},
                                    {"complete", hint}});
    view["fields"] = std::move(fields);
    view["about"] = written.at("about");
    json::array releases =
        options(*lens, "release", {"standard", "contact", "nothing"}, written.at("release"));
    for (json::value& one : releases)
      one.as_object()["meaning"] = words.plain("release." + text_in(one.as_object(), "value") + ".meaning");
    view["releases"] = std::move(releases);
    return view;
  };
  http::Response out = co_await show(visit, "profile-edit", std::move(make), status);
  co_return out;
}

http::Task<http::Response> edit_profile(Shared visit) {
  http::Response out = co_await profile_form(visit, Written(), nullptr, 200);
  co_return out;
}

http::Task<http::Response> save_profile(Shared visit) {
  Written written = sent(*visit);
  json::object arguments{{"skills", words_of(written.at("skills"), ",")},
                         {"languages", words_of(written.at("languages"), ",")}};
  for (const char* const name : {"name", "unit", "position", "mail", "phone", "about", "release"}) {
    if (visit->field(name)) arguments[name] = written.at(name);
  }
  auto done = co_await visit->run("profile/set", std::move(arguments));
  if (!done.ok()) {
    http::Response out =
        co_await profile_form(visit, std::move(written), problem_view(done.error(), false), 422);
    co_return out;
  }
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, "/people/" + url_part(visit->person->address));
}

}  // namespace

void add_people_pages(Router& router) {
  router.get("/people", Access::kPerson, directory);
  router.get("/people/complete", Access::kPerson, complete);
  router.get("/people/{who}", Access::kPerson, profile);
  router.post("/people/{who}/follow", Access::kPerson, follow);
  router.get("/settings/profile", Access::kPerson, edit_profile);
  router.post("/settings/profile", Access::kPerson, save_profile);
}

}  // namespace comity::web
