// SPDX-License-Identifier: EUPL-1.2
// Spaces: which there are, one of them, about it, a new one, a new discussion in it.
#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/pages/confirm.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/members.h"
#include "node/web/pages/pages.h"
#include "node/web/pages/space_views.h"

namespace comity::web {
namespace {

namespace json = boost::json;

// -- the list

struct ListAnswers {
  json::array spaces;
  std::map<std::string, std::uint64_t> unread;
  std::string next, after;
  bool all = false;
};

json::object tile_view(const Lens& lens, const json::object& row, std::uint64_t unread) {
  SeenSpace space = seen_space(row, lens.agency);
  if (const SeenSpace* const known = lens.space(text_in(row, "id"))) space = *known;
  return {{"title", space.title},
          {"description", text_in(row, "description")},
          {"href", lens.to(space_path(space, text_in(row, "id")))},
          {"boundary", boundary_view(lens, space)},
          {"steward", lens.words->say("space.steward", {capital(text_in(row, "steward"))})},
          {"unread", unread},
          {"followed", flag_in(row, "followed")},
          {"follow_href", lens.to(space_path(space, text_in(row, "id")) + "/follow")}};
}

json::object list_view(json::object view, const Lens& lens, const ListAnswers& in) {
  const Words& words = *lens.words;
  json::array shared;
  json::array inside;
  for (const json::value& value : in.spaces) {
    const json::object& row = value.as_object();
    const auto unread = in.unread.find(text_in(row, "id"));
    json::object tile = tile_view(lens, row, unread == in.unread.end() ? 0 : unread->second);
    if (text_in(row, "kind") == "circle") continue;
    (text_in(row, "kind") == "inside" ? inside : shared).push_back(std::move(tile));
  }
  json::array groups;
  if (!shared.empty())
    groups.push_back(json::object{
        {"key", "shared"}, {"words", words.plain("spaces.group.shared")}, {"spaces", std::move(shared)}});
  if (!inside.empty())
    groups.push_back(json::object{{"key", "inside"},
                                  {"words", words.say("spaces.group.inside", {capital(lens.agency)})},
                                  {"spaces", std::move(inside)}});
  view["groups"] = std::move(groups);
  view["new_href"] = lens.to("/spaces/new");
  view["filters"] = json::array{
      json::object{
          {"href", lens.to("/spaces")}, {"words", words.plain("spaces.filter.mine")}, {"current", !in.all}},
      json::object{{"href", lens.to("/spaces?show=all")},
                   {"words", words.plain("spaces.filter.all")},
                   {"current", in.all}}};
  view["pager"] = pager_view(lens, in.all ? "/spaces?show=all" : "/spaces", in.next, !in.after.empty());
  return view;
}

http::Task<http::Response> list(Shared visit) {
  auto lens = lens_of(*visit);
  ListAnswers in{.after = visit->asked("after").value_or(""),
                 .all = visit->asked("show").value_or("") == "all"};
  json::object arguments{{"limit", 40}};
  if (!in.after.empty()) arguments["after"] = in.after;
  if (!in.all) arguments["followed"] = true;
  COMITY_ASK(spaces, "space/list", arguments);
  in.spaces = list_in(spaces, "spaces");
  in.next = text_in(spaces, "next");
  // Who follows nothing is shown what there is.
  if (in.spaces.empty() && !in.all && in.after.empty()) {
    in.all = true;
    json::object every{{"limit", 40}};
    COMITY_ASK(others, "space/list", every);
    in.spaces = list_in(others, "spaces");
    in.next = text_in(others, "next");
  }
  json::object nothing;
  COMITY_ASK(unread, "unread", nothing);
  for (const json::value& row : list_in(unread, "spaces"))
    in.unread[text_in(row.as_object(), "space_id")] = number_in(row.as_object(), "unread");
  json::array known;
  for (const json::value& row : in.spaces)
    known.push_back(json::object{{"space_id", text_in(row.as_object(), "id")}});
  co_await see_spaces_of(visit, lens, known);
  json::object view = co_await begin_view(visit, "spaces", "");
  Make make = [view, lens, in] { return list_view(view, *lens, in); };
  http::Response out = co_await show(visit, "spaces", std::move(make));
  co_return out;
}

// -- one space

http::Task<http::Response> space(Shared visit) {
  auto lens = lens_of(*visit);
  const std::string name = visit->part("space");
  auto shown = co_await see_space(visit, lens, name);
  if (!shown.ok()) co_return failure(*visit, shown.error());
  const json::object row = object_of(*shown);
  if (text_in(row, "kind") == "circle") co_return see_other(*visit, "/messages/" + text_in(row, "id"));
  const std::string id = text_in(row, "id");
  const std::string after = visit->asked("after").value_or("");
  const std::string tag = visit->asked("tag").value_or("");
  json::object list_arguments{{"space", id}, {"kind", "thread"}, {"limit", 25}};
  if (!after.empty()) list_arguments["after"] = after;
  if (!tag.empty()) list_arguments["tag"] = tag;
  COMITY_ASK(threads, "list", list_arguments);
  // By its name: its id could be an entry's as well.
  json::object watched{{"what", name}};
  COMITY_ASK(level, "watch", watched);
  const bool followed = co_await follows_space(visit, id);
  json::object view = co_await begin_view(visit, "space", text_in(row, "title"));
  view["page"].as_object()["space_id"] = id;
  Make make = [view, lens, row, threads, level = text_in(level, "level"), tag, after, followed]() mutable {
    return space_view(view, *lens, row, threads, level, tag, after, followed);
  };
  http::Response out = co_await show(visit, "space", std::move(make));
  co_return out;
}

http::Task<http::Response> about(Shared visit) {
  auto lens = lens_of(*visit);
  auto shown = co_await see_space(visit, lens, visit->part("space"));
  if (!shown.ok()) co_return failure(*visit, shown.error());
  const json::object row = object_of(*shown);
  const bool followed = co_await follows_space(visit, text_in(row, "id"));
  json::object view = co_await begin_view(visit, "space-about", text_in(row, "title"));
  Make make = [view, lens, row, followed] { return about_view(view, *lens, row, followed); };
  http::Response out = co_await show(visit, "space-about", std::move(make));
  co_return out;
}

http::Task<http::Response> follow(Shared visit) {
  const std::string name = visit->part("space");
  const bool undo = visit->field("undo").has_value();
  json::object arguments{{"who", "space:" + name}};
  const std::string command = undo ? "unfollow" : "follow";
  auto done = co_await visit->run(command, std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  co_return see_other(*visit, "/s/" + url_part(name));
}

http::Task<http::Response> watch(Shared visit) {
  const std::string name = visit->part("space");
  json::object arguments{{"what", name}, {"level", visit->field("level").value_or("")}};
  auto done = co_await visit->run("watch", std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  tell_next(*visit, "success", "saved");
  const bool back = visit->field("back").value_or("") == "notifications";
  co_return see_other(*visit, back ? "/notifications" : "/s/" + url_part(name));
}

http::Task<http::Response> mark_read(Shared visit) {
  const std::string name = visit->part("space");
  json::object arguments{{"what", name}};
  auto done = co_await visit->run("read", std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  co_return see_other(*visit, "/s/" + url_part(name));
}

// -- a new discussion

http::Task<http::Response> post_form(Shared visit, Written written, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  auto shown = co_await see_space(visit, lens, visit->part("space"));
  if (!shown.ok()) co_return failure(*visit, shown.error());
  const json::object row = object_of(*shown);
  json::object view = co_await begin_view(visit, "post-new", "");
  view["page"].as_object()["space_id"] = text_in(row, "slug");
  Make make = [view, lens, row, written, problem] {
    return post_form_view(view, *lens, row, written, problem);
  };
  http::Response out = co_await show(visit, "post-new", std::move(make), status);
  co_return out;
}

http::Task<http::Response> new_post(Shared visit) {
  Written written = co_await draft_of(visit, "post:" + visit->part("space"));
  if (const auto tag = visit->asked("tag"); tag && written.at("tags").empty()) written.fields["tags"] = *tag;
  http::Response out = co_await post_form(visit, std::move(written), nullptr, 200);
  co_return out;
}

http::Task<http::Response> send_post(Shared visit) {
  const std::string key = "post:" + visit->part("space");
  Written written = sent(*visit);
  if (written.at("do") == "preview") {
    co_await keep_draft(visit, key);
    http::Response out = co_await post_form(visit, std::move(written), nullptr, 200);
    co_return out;
  }
  if (!is_sure(*visit)) {
    auto lens = lens_of(*visit);
    auto shown = co_await see_space(visit, lens, visit->part("space"));
    if (!shown.ok()) co_return failure(*visit, shown.error());
    const SeenSpace space = *lens->space(text_in(object_of(*shown), "id"));
    const std::string label = written.at("label");
    if (const auto point = wider_label(*lens, space, usual_label(space), label)) {
      co_await keep_draft(visit, key);
      const std::string place = "/s/" + url_part(visit->part("space"));
      Question question{.title = lens->words->say("confirm.label_title", {label}),
                        .points = {*point},
                        .action = place + "/posts",
                        .send_words = lens->words->say("confirm.label_send", {label}),
                        .back = place + "/new",
                        .text = written.at("text"),
                        .space = space};
      http::Response out = co_await ask_first(visit, lens, std::move(question));
      co_return out;
    }
  }
  json::object arguments{{"space", visit->part("space")},
                         {"title", written.at("title")},
                         {"text", written.at("text")},
                         {"tags", words_of(written.at("tags"), " ,")},
                         {"question", !written.at("question").empty()}};
  if (!written.at("label").empty()) arguments["label"] = written.at("label");
  auto done = co_await visit->run("post", std::move(arguments));
  if (!done.ok()) {
    co_await keep_draft(visit, key);
    json::value problem = problem_view(done.error(), true);
    http::Response out = co_await post_form(visit, std::move(written), std::move(problem), 422);
    co_return out;
  }
  co_await drop_draft(visit, key);
  co_return see_other(*visit, "/t/" + text_in(object_of(*done), "id"));
}

// -- a new space

http::Task<http::Response> space_form(Shared visit, Written written, json::array similar, json::value problem,
                                      unsigned status) {
  auto lens = lens_of(*visit);
  // Agencies that this one works with, as its people may know: those that stand beside it in spaces, and
  // those whose directories it was given.
  json::object directories{{"kind", "directory"}};
  COMITY_ASK(found, "space/list", directories);
  json::array agencies;
  for (const json::value& value : list_in(found, "spaces")) {
    const std::string name = text_in(value.as_object(), "steward");
    if (!name.empty() && name != lens->agency) agencies.push_back(json::value(name));
  }
  json::object view = co_await begin_view(visit, "space-new", "");
  const std::vector<std::string> chosen = visit->form.all("members");
  Make make = [view, lens, written, similar, problem, agencies, chosen] {
    return space_form_view(view, *lens, written, similar, problem, agencies, chosen);
  };
  http::Response out = co_await show(visit, "space-new", std::move(make), status);
  co_return out;
}

http::Task<http::Response> new_space(Shared visit) {
  Written written = co_await draft_of(visit, "space");
  http::Response out = co_await space_form(visit, std::move(written), json::array(), nullptr, 200);
  co_return out;
}

/// Spaces whose words are like those of the form, found by searching their names among what the reader may
/// see.
http::Task<json::array> similar_to(Shared visit, std::string title) {
  json::array out;
  json::object arguments{{"limit", 100}};
  const auto answer = co_await visit->run("space/list", std::move(arguments));
  if (!answer.ok()) co_return out;
  const json::object all = object_of(*answer);
  for (const json::value& value : list_in(all, "spaces")) {
    if (out.size() < 3 && sounds_like(text_in(value.as_object(), "title"), title)) out.push_back(value);
  }
  co_return out;
}

http::Task<http::Response> create_space(Shared visit) {
  Written written = sent(*visit);
  const std::string title = written.at("title");
  if (written.at("do") == "look") {
    co_await keep_draft(visit, "space");
    json::array similar = co_await similar_to(visit, title);
    http::Response out = co_await space_form(visit, std::move(written), std::move(similar), nullptr, 200);
    co_return out;
  }
  const bool shared = written.at("kind") == "shared" && visit->person->administrator;
  json::object arguments{{"slug", written.at("slug")},
                         {"title", title},
                         {"description", written.at("description")},
                         {"kind", shared ? "shared" : "inside"}};
  if (shared) {
    json::array members;
    for (const std::string& one : visit->form.all("members"))
      members.push_back(json::value(one));
    arguments["members"] = std::move(members);
  }
  auto done = co_await visit->run("space/create", std::move(arguments));
  if (!done.ok()) {
    co_await keep_draft(visit, "space");
    json::value problem = problem_view(done.error(), true);
    http::Response out =
        co_await space_form(visit, std::move(written), json::array(), std::move(problem), 422);
    co_return out;
  }
  co_await drop_draft(visit, "space");
  const std::string slug = text_in(object_of(*done), "slug");
  json::object followed{{"who", "space:" + slug}};
  (void)co_await visit->run("follow", std::move(followed));
  co_return see_other(*visit, "/s/" + url_part(slug));
}

}  // namespace

void add_space_pages(Router& router) {
  router.get("/spaces", Access::kPerson, list);
  router.get("/spaces/new", Access::kPerson, new_space);
  router.post("/spaces", Access::kPerson, create_space, Sending::kOnce);
  router.get("/s/{space}", Access::kPerson, space);
  router.get("/s/{space}/about", Access::kPerson, about);
  router.get("/s/{space}/new", Access::kPerson, new_post);
  router.post("/s/{space}/posts", Access::kPerson, send_post, Sending::kOnce);
  router.post("/s/{space}/follow", Access::kPerson, follow);
  router.post("/s/{space}/watch", Access::kPerson, watch);
  router.post("/s/{space}/read", Access::kPerson, mark_read);
  add_member_pages(router);
}

}  // namespace comity::web
