// SPDX-License-Identifier: EUPL-1.2
// A discussion: its entries, replies, who reads it, what one is told of it.
#include <set>

#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"
#include "node/web/pages/space_views.h"

namespace comity::web {
namespace {

namespace json = boost::json;

constexpr int kPage = 50;

struct ThreadAnswers {
  json::object thread;  ///< answer of the command
  json::object first;   ///< the row that begins it
  std::string level;
  std::string after, reply, quote;
  Written written;
  json::value problem;
};

const json::object* row_named(const json::array& rows, const std::string& id) {
  for (const json::value& value : rows) {
    if (text_in(value.as_object(), "id") == id) return &value.get_object();
  }
  return nullptr;
}

std::string author_of(const json::object& row) {
  const std::string name = text_in(row, "author_name");
  return name.empty() ? text_in(row, "author") : name;
}

json::object reply_view(const Lens& lens, const ThreadAnswers& in, const SeenSpace& space) {
  const Words& words = *lens.words;
  const std::string thread = text_in(in.first, "id");
  const json::array& rows = list_in(in.thread, "entries");
  json::object out{
      {"action", lens.to("/t/" + url_part(thread) + "/reply")},
      {"draft_key", "reply:" + thread},
      {"heading", words.plain("thread.reply")},
      {"reach", reach_view(lens, space)},
      {"send_words", words.say("write.reply_to", {space.kind == "circle" ? text_in(in.first, "title").empty()
                                                                               ? words.plain("kind.message")
                                                                               : text_in(in.first, "title")
                                                                         : space.title})}};
  const std::string parent = in.written.at("parent").empty() ? in.reply : in.written.at("parent");
  if (const json::object* const row = row_named(rows, parent); row != nullptr && parent != thread) {
    out["heading"] = words.say("thread.reply_to", {author_of(*row)});
    out["to"] = words.say("thread.to", {author_of(*row)});
    out["plain_href"] = lens.to("/t/" + url_part(thread) + "#reply");
    out["parent"] = parent;
  }
  const std::string quote = in.written.at("quote").empty() ? in.quote : in.written.at("quote");
  if (const json::object* const row = row_named(rows, quote)) {
    out["quoting"] = true;
    out["quote"] = quote;
    out["by"] = words.say("thread.quoted", {author_of(*row)});
    out["quoted"] = plain_beginning(text_in(*row, "text"), 300);
  }
  add_text_box(out, lens, words.plain("write.reply"), in.written, space.slug, 5);
  return out;
}

json::object thread_view(json::object view, const Lens& lens, const ThreadAnswers& in) {
  const Words& words = *lens.words;
  const SeenSpace* const known = lens.space(text_in(in.first, "space_id"));
  const SeenSpace space = known == nullptr ? SeenSpace{.kind = "shared", .agencies = {lens.agency}} : *known;
  const std::string id = text_in(in.first, "id");
  const std::string path = "/t/" + url_part(id);
  const json::array& rows = list_in(in.thread, "entries");
  view["problem"] = in.problem;
  view["title"] = entry_title(lens, in.first);
  view["space_href"] = lens.to(space_path(space, text_in(in.first, "space_id")));
  view["space_title"] = space.kind == "circle" ? std::string(words.plain("messages")) : space.title;
  view["boundary"] = boundary_view(lens, space);
  view["label"] = label_view(lens, text_in(in.first, "label"), space.kind == "inside");
  view["reach"] = reach_view(lens, space);
  view["tags"] = object_of(json::value(card_view(lens, in.first, false)))["tags"];
  const std::string answer = text_in(in.first, "answer");
  view["answered"] = !answer.empty();
  view["answer_href"] = lens.to("/t/" + url_part(answer) + "#" + url_part(answer));
  view["open_question"] = flag_in(in.first, "question") && answer.empty();

  ThreadAt at{.first = &in.first, .label = text_in(in.first, "label")};
  std::uint64_t unread = 0;
  std::set<std::string> seen;
  json::array people;
  for (const json::value& value : rows) {
    const json::object& row = value.as_object();
    at.authors[text_in(row, "id")] = author_of(row);
    unread += flag_in(row, "unread") ? 1 : 0;
    if (!text_in(row, "author").empty() && seen.insert(text_in(row, "author")).second && people.size() < 12)
      people.push_back(person_view(lens, text_in(row, "author"), text_in(row, "author_name")));
  }
  json::array entries;
  bool marked = false;
  for (const json::value& value : rows) {
    json::object entry = entry_view(lens, value.as_object(), at);
    if (flag_in(entry, "unread") && !marked) {
      entry["first_unread"] = true;
      marked = true;
    }
    entries.push_back(std::move(entry));
  }
  view["entries"] = std::move(entries);
  view["people"] = std::move(people);
  if (unread > 0) {
    view["unread_href"] = "#unread";
    view["unread_words"] = words.count("thread.unread", unread);
    view["read_href"] = lens.to(path + "/read");
  }
  view["reply"] = reply_view(lens, in, space);
  view["watch"] =
      json::object{{"action", lens.to(path + "/watch")},
                   {"levels", options(lens, "level", {"muted", "mentions", "normal", "watching"}, in.level)}};
  view["pager"] = pager_view(lens, path, text_in(in.thread, "next"), !in.after.empty());
  return view;
}

http::Task<http::Response> thread_with(Shared visit, Written written, json::value problem, unsigned status) {
  auto lens = lens_of(*visit);
  const std::string id = visit->part("id");
  ThreadAnswers in{.after = visit->asked("after").value_or(""),
                   .reply = visit->asked("reply").value_or(""),
                   .quote = visit->asked("quote").value_or(""),
                   .written = std::move(written),
                   .problem = std::move(problem)};
  json::object shown_arguments{{"id", id}};
  COMITY_ASK(asked, "show", shown_arguments);
  if (text_in(asked, "kind") == "wiki" && !text_in(asked, "path").empty())
    co_return see_other(*visit, entry_path(asked));
  const std::string begins = text_in(asked, "thread").empty() ? id : text_in(asked, "thread");
  json::object arguments{{"id", begins}, {"limit", kPage}};
  if (!in.after.empty()) arguments["after"] = in.after;
  COMITY_ASK(thread, "thread", arguments);
  in.thread = thread;
  in.first = asked;
  if (begins != id) {
    json::object first_arguments{{"id", begins}};
    auto first = co_await visit->run("show", std::move(first_arguments));
    // What begins it may not be here, or not for the reader: then what was asked for stands in its place.
    if (first.ok()) in.first = object_of(*first);
  }
  if (text_in(in.first, "answer").empty() && in.after.empty()) {
    const json::array& rows = list_in(in.thread, "entries");
    if (!rows.empty() && text_in(rows[0].as_object(), "id") == begins) in.first = rows[0].as_object();
  }
  json::object watched{{"what", begins}};
  auto level = co_await visit->run("watch", std::move(watched));
  if (level.ok()) in.level = text_in(object_of(*level), "level");
  const json::array shown_rows(1, json::value(in.first));
  co_await see_spaces_of(visit, lens, shown_rows);
  if (in.written.fields.empty()) in.written = co_await draft_of(visit, "reply:" + begins);
  json::object view = co_await begin_view(visit, "thread", entry_title(*lens, in.first));
  json::object& page = view["page"].as_object();
  page["thread"] = begins;
  page["space_id"] = text_in(in.first, "space");
  Make make = [view, lens, in] { return thread_view(view, *lens, in); };
  http::Response out = co_await show(visit, "thread", std::move(make), status);
  co_return out;
}

http::Task<http::Response> thread(Shared visit) {
  http::Response out = co_await thread_with(visit, Written(), nullptr, 200);
  co_return out;
}

http::Task<http::Response> reply(Shared visit) {
  const std::string id = visit->part("id");
  const std::string key = "reply:" + id;
  Written written = sent(*visit);
  if (written.at("do") == "preview") {
    co_await keep_draft(visit, key);
    http::Response out = co_await thread_with(visit, std::move(written), nullptr, 200);
    co_return out;
  }
  const std::string parent = written.at("parent").empty() ? id : written.at("parent");
  json::object arguments{{"id", parent}, {"text", written.at("text")}};
  if (!written.at("quote").empty()) arguments["quote"] = written.at("quote");
  auto done = co_await visit->run("reply", std::move(arguments));
  if (!done.ok()) {
    co_await keep_draft(visit, key);
    json::value problem = problem_view(done.error(), true);
    http::Response out = co_await thread_with(visit, std::move(written), std::move(problem), 422);
    co_return out;
  }
  co_await drop_draft(visit, key);
  const std::string fresh = text_in(object_of(*done), "id");
  co_return see_other(*visit, "/t/" + fresh + "#" + fresh);
}

http::Task<http::Response> watch(Shared visit) {
  const std::string id = visit->part("id");
  json::object arguments{{"what", id}, {"level", visit->field("level").value_or("")}};
  auto done = co_await visit->run("watch", std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, "/t/" + url_part(id));
}

http::Task<http::Response> mark_read(Shared visit) {
  const std::string id = visit->part("id");
  json::object arguments{{"what", id}};
  auto done = co_await visit->run("read", std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  // A script asks in passing and wants no page.
  if (visit->request.fields.find("X-CSRF-Token")) co_return http::Response{.status = 204};
  co_return see_other(*visit, "/t/" + url_part(id));
}

http::Task<http::Response> any_entry(Shared visit) {
  json::object arguments{{"id", visit->part("id")}};
  COMITY_ASK(row, "show", arguments);
  co_return see_other(*visit, entry_path(row));
}

}  // namespace

void add_thread_pages(Router& router) {
  router.get("/t/{id}", Access::kPerson, thread);
  router.get("/e/{id}", Access::kPerson, any_entry);
  router.post("/t/{id}/reply", Access::kPerson, reply, Sending::kOnce);
  router.post("/t/{id}/watch", Access::kPerson, watch);
  router.post("/t/{id}/read", Access::kPerson, mark_read);
}

}  // namespace comity::web
