// SPDX-License-Identifier: EUPL-1.2
// Who is in a space that this agency looks after: taking an agency in, or out. For administrators; both ask
// first, and say what it will and will not change.
#include "node/web/pages/members.h"

#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/pages/confirm.h"
#include "node/web/pages/space_views.h"

namespace comity::web {
namespace {

namespace json = boost::json;

/// The space, where the person may change who is in it.
struct Ours {
  json::object row;
  SeenSpace space;
  std::string path() const { return "/s/" + url_part(space.slug) + "/members"; }
};

http::Task<std::optional<Ours>> our_space(Shared visit, std::shared_ptr<Lens> lens) {
  auto shown = co_await see_space(visit, lens, visit->part("space"));
  if (!shown.ok()) co_return std::nullopt;
  Ours out{.row = object_of(*shown)};
  const bool ours = text_in(out.row, "steward") == lens->agency && text_in(out.row, "kind") == "shared";
  if (!ours) co_return std::nullopt;
  out.space = *lens->space(text_in(out.row, "id"));
  co_return out;
}

/// "has confirmed 12 of 14 entries of your agency", or that it is reached by none.
std::string holds_words(const Lens& lens, const json::object& member) {
  if (text_in(member, "state") != "reached")
    return lens.words->say("member.gets_none", {text_in(member, "reason")});
  return lens.words->say("member.holds", {std::to_string(number_in(member, "acked")),
                                          std::to_string(number_in(member, "sent"))});
}

const json::object* member_named(const json::object& row, const std::string& agency) {
  for (const json::value& value : list_in(row, "members")) {
    const json::object& member = value.as_object();
    if (text_in(member, "agency") == agency && text_in(member, "state") != "self") return &member;
  }
  return nullptr;
}

http::Task<http::Response> page_with(Shared visit, std::shared_ptr<Lens> lens, Ours ours, json::value problem,
                                     unsigned status) {
  json::object directories{{"kind", "directory"}, {"limit", 100}};
  COMITY_ASK(found, "space/list", directories);
  const bool followed = co_await follows_space(visit, text_in(ours.row, "id"));
  json::object view = co_await begin_view(visit, "members", text_in(ours.row, "title"));
  Make make = [view, lens, ours, found, followed, problem]() mutable {
    view["space"] = space_head_view(*lens, ours.row, "about", followed);
    view["problem"] = problem;
    view["reach"] = reach_view(*lens, ours.space);
    view["members_action"] = lens->to(ours.path());
    json::array members;
    for (const json::value& value : list_in(ours.row, "members")) {
      const json::object& member = value.as_object();
      if (text_in(member, "state") == "self") continue;
      const std::string name = text_in(member, "agency");
      members.push_back(json::object{{"name", name},
                                     {"title", capital(name)},
                                     {"words", holds_words(*lens, member)},
                                     {"members_action", lens->to(ours.path())}});
    }
    view["members"] = std::move(members);
    json::array agencies;
    for (const json::value& value : list_in(found, "spaces")) {
      const std::string name = text_in(value.as_object(), "steward");
      if (!name.empty() && name != lens->agency && member_named(ours.row, name) == nullptr)
        agencies.push_back(json::value(name));
    }
    view["agencies"] = std::move(agencies);
    return view;
  };
  http::Response out = co_await show(visit, "members", std::move(make), status);
  co_return out;
}

http::Task<http::Response> members(Shared visit) {
  auto lens = lens_of(*visit);
  auto ours = co_await our_space(visit, lens);
  if (!ours) co_return not_there(*visit);
  http::Response out = co_await page_with(visit, lens, *ours, nullptr, 200);
  co_return out;
}

Question removal(const Lens& lens, const Ours& ours, const std::string& agency) {
  const Words& words = *lens.words;
  const std::string name = capital(agency);
  Question out{.title = words.say("confirm.remove", {name, ours.space.title}),
               .send_words = words.say("confirm.remove_send", {name})};
  if (const json::object* const member = member_named(ours.row, agency))
    out.points.push_back(name + ": " + holds_words(lens, *member));
  out.points.push_back(words.say("confirm.remove_keeps", {name}));
  out.points.push_back(words.say("confirm.remove_others", {name}));
  return out;
}

Question addition(const Lens& lens, const Ours& ours, const std::string& agency) {
  const Words& words = *lens.words;
  const std::string name = capital(agency);
  Question out{.title = words.say("confirm.add", {name, ours.space.title}),
               .send_words = words.say("confirm.add_send", {name})};
  const std::string history = text_in(ours.row, "history");
  out.points.push_back(words.say("confirm.add_history." + (history.empty() ? "all" : history), {name}));
  const json::object label = label_view(lens, ours.space.ceiling, false);
  out.points.push_back(words.say("confirm.add_label", {ours.space.ceiling, text_in(label, "meaning")}));
  out.points.push_back(words.say("confirm.add_back", {name}));
  return out;
}

http::Task<http::Response> change(Shared visit) {
  auto lens = lens_of(*visit);
  auto ours = co_await our_space(visit, lens);
  if (!ours) co_return not_there(*visit);
  const std::string agency = visit->field("agency").value_or("");
  const std::string what = visit->field("do").value_or("");
  const bool removes = what == "remove";
  if ((!removes && what != "add") || agency.empty()) co_return see_other(*visit, ours->path());
  if (!is_sure(*visit)) {
    Question question = removes ? removal(*lens, *ours, agency) : addition(*lens, *ours, agency);
    question.action = ours->path();
    question.back = ours->path();
    question.space = ours->space;
    http::Response out = co_await ask_first(visit, lens, std::move(question));
    co_return out;
  }
  json::object arguments{{"space", text_in(ours->row, "id")}, {"agency", agency}};
  const std::string command = removes ? "space/remove" : "space/add";
  auto done = co_await visit->run(command, std::move(arguments));
  if (!done.ok()) {
    json::value problem = problem_view(done.error(), false);
    http::Response out = co_await page_with(visit, lens, *ours, std::move(problem), 422);
    co_return out;
  }
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, ours->path());
}

}  // namespace

void add_member_pages(Router& router) {
  router.get("/s/{space}/members", Access::kOperator, members);
  router.post("/s/{space}/members", Access::kOperator, change);
}

}  // namespace comity::web
