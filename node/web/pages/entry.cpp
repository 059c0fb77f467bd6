// SPDX-License-Identifier: EUPL-1.2
// What people do with one entry: react, mark as the answer, edit, withdraw, look at earlier versions.
#include "node/web/look/look.h"
#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"
#include "node/web/pages/space_views.h"

namespace comity::web {
namespace {

namespace json = boost::json;

http::Task<http::Response> act(Shared visit, std::string command, json::object arguments) {
  const std::string id = visit->part("id");
  arguments["id"] = id;
  // In the address, since one form serves the buttons of all entries of a page.
  if (visit->asked("undo")) arguments["undo"] = true;
  auto done = co_await visit->run(command, std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  co_return see_other(*visit, "/t/" + url_part(id) + "#" + url_part(id));
}

http::Task<http::Response> react(Shared visit) {
  json::object arguments{{"kind", visit->field("kind").value_or("")}};
  http::Response out = co_await act(visit, "react", std::move(arguments));
  co_return out;
}

http::Task<http::Response> answered(Shared visit) {
  json::object arguments;
  http::Response out = co_await act(visit, "answered", std::move(arguments));
  co_return out;
}

// -- edit

http::Task<http::Response> edit_form(Shared visit, Written written, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  json::object arguments{{"id", visit->part("id")}};
  COMITY_ASK(row, "show", arguments);
  if (text_in(row, "author") != lens->address || flag_in(row, "withdrawn")) co_return not_there(*visit);
  const json::array shown_rows(1, json::value(row));
  co_await see_spaces_of(visit, lens, shown_rows);
  if (written.fields.empty()) {
    written.fields["text"] = text_in(row, "text");
    written.fields["title"] = text_in(row, "title");
  }
  json::object view = co_await begin_view(visit, "entry-edit", "");
  view["page"].as_object()["space_id"] = text_in(row, "space");
  Make make = [view, lens, row, written, problem]() mutable {
    const std::string id = text_in(row, "id");
    view["heading"] = lens->words->plain("entry.edit");
    view["problem"] = problem;
    view["action"] = lens->to("/e/" + url_part(id) + "/edit");
    view["back_href"] = lens->to(entry_path(row));
    view["draft_key"] = "edit:" + id;
    view["has_title"] = !text_in(row, "title").empty();
    view["title"] = written.at("title");
    view["summary"] = written.at("summary");
    const SeenSpace* const space = lens->space(text_in(row, "space_id"));
    if (space != nullptr) view["reach"] = reach_view(*lens, *space);
    add_text_box(view, *lens, lens->words->plain("write.text"), written, text_in(row, "space"), 10);
    return view;
  };
  http::Response out = co_await show(visit, "entry-edit", std::move(make), status);
  co_return out;
}

http::Task<http::Response> edit(Shared visit) {
  Written written = co_await draft_of(visit, "edit:" + visit->part("id"));
  http::Response out = co_await edit_form(visit, std::move(written), nullptr, 200);
  co_return out;
}

http::Task<http::Response> send_edit(Shared visit) {
  const std::string id = visit->part("id");
  Written written = sent(*visit);
  if (written.at("do") == "preview") {
    co_await keep_draft(visit, "edit:" + id);
    http::Response out = co_await edit_form(visit, std::move(written), nullptr, 200);
    co_return out;
  }
  json::object arguments{{"id", id}, {"text", written.at("text")}};
  if (visit->field("title")) arguments["title"] = written.at("title");
  if (!written.at("summary").empty()) arguments["summary"] = written.at("summary");
  auto done = co_await visit->run("edit", std::move(arguments));
  if (!done.ok()) {
    co_await keep_draft(visit, "edit:" + id);
    json::value problem = problem_view(done.error(), true);
    http::Response out = co_await edit_form(visit, std::move(written), std::move(problem), 422);
    co_return out;
  }
  co_await drop_draft(visit, "edit:" + id);
  co_return see_other(*visit, "/t/" + url_part(id) + "#" + url_part(id));
}

// -- withdraw

http::Task<http::Response> withdraw_form(Shared visit, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  json::object arguments{{"id", visit->part("id")}};
  COMITY_ASK(row, "show", arguments);
  const bool may = text_in(row, "author") == lens->address || lens->moderates;
  if (!may || flag_in(row, "withdrawn")) co_return not_there(*visit);
  const json::array shown_rows(1, json::value(row));
  co_await see_spaces_of(visit, lens, shown_rows);
  json::object view = co_await begin_view(visit, "entry-withdraw", "");
  Make make = [view, lens, row, problem]() mutable {
    view["problem"] = problem;
    view["action"] = lens->to("/e/" + url_part(text_in(row, "id")) + "/withdraw");
    view["back_href"] = lens->to(entry_path(row));
    json::object entry = entry_view(*lens, row, {});
    entry["may_react"] = false;
    view["entry"] = std::move(entry);
    const SeenSpace* const space = lens->space(text_in(row, "space_id"));
    std::vector<std::string> others;
    if (space != nullptr && space->agencies.size() > 1)
      others.assign(space->agencies.begin() + 1, space->agencies.end());
    std::string has_it = others.empty() ? std::string(lens->words->plain("withdraw.has_none"))
                                        : lens->words->say("withdraw.has", {agencies_text(others)});
    if (const std::string behind = delivery_words(*lens, row); !behind.empty()) has_it += " " + behind + ".";
    view["has_it"] = has_it;
    return view;
  };
  http::Response out = co_await show(visit, "entry-withdraw", std::move(make), status);
  co_return out;
}

http::Task<http::Response> withdraw(Shared visit) {
  http::Response out = co_await withdraw_form(visit, nullptr, 200);
  co_return out;
}

http::Task<http::Response> send_withdrawal(Shared visit) {
  const std::string id = visit->part("id");
  json::object arguments{{"id", id}};
  if (const auto reason = visit->field("reason"); reason && !reason->empty()) arguments["reason"] = *reason;
  auto done = co_await visit->run("withdraw", std::move(arguments));
  if (!done.ok()) {
    http::Response out = co_await withdraw_form(visit, problem_view(done.error(), false), 422);
    co_return out;
  }
  co_return see_other(*visit, "/t/" + url_part(id) + "#" + url_part(id));
}

// -- versions

http::Task<http::Response> history(Shared visit) {
  auto lens = lens_of(*visit);
  const std::string id = visit->part("id");
  const std::string after = visit->asked("after").value_or("");
  json::object arguments{{"id", id}, {"limit", 20}};
  if (!after.empty()) arguments["after"] = after;
  COMITY_ASK(versions, "history", arguments);
  json::object view = co_await begin_view(visit, "entry-history", "");
  Make make = [view, lens, versions, id, after]() mutable {
    json::array entries;
    for (const json::value& value : list_in(versions, "entries")) {
      const json::object& row = value.as_object();
      entries.push_back(json::object{
          {"title", text_in(row, "title")},
          {"by", person_view(*lens, text_in(row, "author"), text_in(row, "author_name"))},
          {"when", when_view(*lens, text_in(row, flag_in(row, "edited") ? "edited_time" : "time"))},
          {"summary", text_in(row, "edit_summary")},
          {"withdrawn", flag_in(row, "withdrawn")},
          {"withdrawn_words", withdrawn_words(*lens, row)},
          {"body", entry_html(*lens, row, 3)}});
    }
    view["entries"] = std::move(entries);
    view["back_href"] = lens->to("/t/" + url_part(id) + "#" + url_part(id));
    view["pager"] =
        pager_view(*lens, "/e/" + url_part(id) + "/history", text_in(versions, "next"), !after.empty());
    return view;
  };
  http::Response out = co_await show(visit, "entry-history", std::move(make));
  co_return out;
}

}  // namespace

void add_entry_pages(Router& router) {
  router.post("/e/{id}/react", Access::kPerson, react);
  router.post("/e/{id}/answered", Access::kPerson, answered);
  router.get("/e/{id}/edit", Access::kPerson, edit);
  router.post("/e/{id}/edit", Access::kPerson, send_edit);
  router.get("/e/{id}/withdraw", Access::kPerson, withdraw);
  router.post("/e/{id}/withdraw", Access::kPerson, send_withdrawal);
  router.get("/e/{id}/history", Access::kPerson, history);
}

}  // namespace comity::web
