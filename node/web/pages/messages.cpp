// SPDX-License-Identifier: EUPL-1.2
// Messages: the circles that one is in, one of them, a new message.
#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"
#include "node/web/pages/space_views.h"

namespace comity::web {
namespace {

namespace json = boost::json;

/// The others in a circle, as one reads them.
std::string others(const Lens& lens, const std::vector<std::string>& people) {
  std::string out;
  for (const std::string& one : people) {
    if (one != lens.address) out += (out.empty() ? "" : ", ") + one;
  }
  return out.empty() ? lens.address : out;
}

http::Task<http::Response> list(Shared visit) {
  auto lens = lens_of(*visit);
  const std::string after = visit->asked("after").value_or("");
  json::object arguments{{"kind", "circle"}, {"limit", 30}};
  if (!after.empty()) arguments["after"] = after;
  COMITY_ASK(circles, "space/list", arguments);
  json::object none;
  COMITY_ASK(unread, "unread", none);
  json::array last;
  for (const json::value& value : list_in(circles, "spaces")) {
    json::object newest{{"space", text_in(value.as_object(), "id")}, {"limit", 1}};
    const auto answer = co_await visit->run("list", std::move(newest));
    last.push_back(answer.ok() ? json::value(object_of(*answer)) : json::value(nullptr));
  }
  json::object view = co_await begin_view(visit, "messages", "");
  Make make = [view, lens, circles, unread, last, after]() mutable {
    std::map<std::string, std::uint64_t> fresh;
    for (const json::value& row : list_in(unread, "spaces"))
      fresh[text_in(row.as_object(), "space_id")] = number_in(row.as_object(), "unread");
    json::array rows;
    for (const json::value& value : list_in(circles, "spaces")) {
      const json::object& circle = value.as_object();
      const std::string id = text_in(circle, "id");
      json::object row{{"people", others(*lens, texts_in(circle, "people"))},
                       {"href", lens->to("/messages/" + url_part(id))},
                       {"unread", fresh[id]}};
      const json::object newest = object_of(last[rows.size()]);
      if (const json::array& entries = list_in(newest, "entries"); !entries.empty())
        row["last"] =
            lens->words->say("message.last", {text_in(entries[0].as_object(), "author"),
                                              plain_beginning(text_in(entries[0].as_object(), "text"), 120)});
      rows.push_back(std::move(row));
    }
    view["circles"] = std::move(rows);
    view["new_href"] = lens->to("/messages/new");
    view["pager"] = pager_view(*lens, "/messages", text_in(circles, "next"), !after.empty());
    return view;
  };
  http::Response out = co_await show(visit, "messages", std::move(make));
  co_return out;
}

http::Task<http::Response> circle_with(Shared visit, Written written, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  const std::string id = visit->part("id");
  auto shown = co_await see_space(visit, lens, id);
  if (!shown.ok()) co_return failure(*visit, shown.error());
  const json::object row = object_of(*shown);
  if (text_in(row, "kind") != "circle") co_return not_there(*visit);
  const std::string after = visit->asked("after").value_or("");
  json::object arguments{{"space", id}, {"limit", 30}};
  if (!after.empty()) arguments["after"] = after;
  COMITY_ASK(entries, "list", arguments);
  if (written.fields.empty()) written = co_await draft_of(visit, "circle:" + id);
  json::object view = co_await begin_view(visit, "circle", others(*lens, texts_in(row, "people")));
  view["page"].as_object()["space_id"] = text_in(row, "id");
  Make make = [view, lens, row, entries, written, problem, id, after]() mutable {
    const SeenSpace space = *lens->space(text_in(row, "id"));
    view["messages_href"] = lens->to("/messages");
    view["people"] = others(*lens, space.people);
    view["reach"] = reach_view(*lens, space);
    view["entries"] = card_views(*lens, list_in(entries, "entries"), false);
    view["action"] = lens->to("/messages/" + url_part(id));
    view["draft_key"] = "circle:" + id;
    std::string to;
    for (const std::string& one : space.people) {
      if (one != lens->address) to += (to.empty() ? "" : ", ") + one;
    }
    view["to"] = to;
    view["problem"] = problem;
    add_text_box(view, *lens, lens->words->plain("write.text"), written, "", 4);
    view["pager"] = pager_view(*lens, "/messages/" + url_part(id), text_in(entries, "next"), !after.empty());
    return view;
  };
  http::Response out = co_await show(visit, "circle", std::move(make), status);
  co_return out;
}

http::Task<http::Response> circle(Shared visit) {
  http::Response out = co_await circle_with(visit, Written(), nullptr, 200);
  co_return out;
}

http::Task<http::Response> message_form(Shared visit, Written written, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  json::object view = co_await begin_view(visit, "message-new", "");
  Make make = [view, lens, written, problem]() mutable {
    view["problem"] = problem;
    view["action"] = lens->to("/messages");
    view["to"] = written.at("to");
    view["title"] = written.at("title");
    add_text_box(view, *lens, lens->words->plain("write.text"), written, "", 6);
    return view;
  };
  http::Response out = co_await show(visit, "message-new", std::move(make), status);
  co_return out;
}

http::Task<http::Response> new_message(Shared visit) {
  Written written = co_await draft_of(visit, "message");
  if (const auto to = visit->asked("to")) written.fields["to"] = *to;
  http::Response out = co_await message_form(visit, std::move(written), nullptr, 200);
  co_return out;
}

http::Task<proto::Result<json::value>> write(Shared visit, Written written) {
  json::object arguments{{"to", words_of(written.at("to"), ",")}, {"text", written.at("text")}};
  if (!written.at("title").empty()) arguments["title"] = written.at("title");
  auto done = co_await visit->run("message", std::move(arguments));
  co_return done;
}

/// Where a message stands, by its id.
http::Task<std::string> circle_path(Shared visit, json::object posted) {
  json::object arguments{{"id", text_in(posted, "id")}};
  const auto shown = co_await visit->run("show", std::move(arguments));
  if (!shown.ok()) co_return "/messages";
  co_return "/messages/" + url_part(text_in(object_of(*shown), "space_id"));
}

http::Task<http::Response> send_new(Shared visit) {
  Written written = sent(*visit);
  if (written.at("do") == "preview") {
    co_await keep_draft(visit, "message");
    http::Response out = co_await message_form(visit, std::move(written), nullptr, 200);
    co_return out;
  }
  auto done = co_await write(visit, written);
  if (!done.ok()) {
    co_await keep_draft(visit, "message");
    http::Response out =
        co_await message_form(visit, std::move(written), problem_view(done.error(), true), 422);
    co_return out;
  }
  co_await drop_draft(visit, "message");
  const std::string path = co_await circle_path(visit, object_of(*done));
  co_return see_other(*visit, path);
}

http::Task<http::Response> send_to_circle(Shared visit) {
  const std::string id = visit->part("id");
  Written written = sent(*visit);
  auto done = co_await write(visit, written);
  if (!done.ok()) {
    co_await keep_draft(visit, "circle:" + id);
    http::Response out =
        co_await circle_with(visit, std::move(written), problem_view(done.error(), true), 422);
    co_return out;
  }
  co_await drop_draft(visit, "circle:" + id);
  const std::string path = co_await circle_path(visit, object_of(*done));
  co_return see_other(*visit, path);
}

}  // namespace

void add_message_pages(Router& router) {
  router.get("/messages", Access::kPerson, list);
  router.get("/messages/new", Access::kPerson, new_message);
  router.get("/messages/{id}", Access::kPerson, circle);
  router.post("/messages", Access::kPerson, send_new, Sending::kOnce);
  router.post("/messages/{id}", Access::kPerson, send_to_circle, Sending::kOnce);
}

}  // namespace comity::web
