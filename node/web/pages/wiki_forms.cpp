// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/wiki_forms.h"

#include "node/web/look/markdown.h"
#include "node/web/pages/space_views.h"

namespace comity::web {
namespace {

namespace json = boost::json;

/// The page as it stands; empty when it is yet to be written.
http::Task<proto::Result<json::object>> current(Shared visit, WikiAt at) {
  json::object arguments{{"page", at.name()}};
  auto answer = co_await visit->run("wiki/get", std::move(arguments));
  if (answer.ok()) co_return object_of(*answer);
  if (answer.error().code == proto::Code::kPageUnknown) co_return json::object();
  co_return answer.error();
}

/// What others changed since the version that a form began with.
http::Task<json::object> changed_since(Shared visit, WikiAt at, std::string base, std::string now) {
  json::object out;
  if (base.empty() || base == now) co_return out;
  json::object arguments{{"page", at.name()}, {"a", base}, {"b", now}};
  const auto answer = co_await visit->run("wiki/diff", std::move(arguments));
  if (answer.ok()) out = object_of(*answer);
  co_return out;
}

/// A command that needs nothing but its fields, and leads back to the page.
http::Task<http::Response> simply(Shared visit, WikiAt at, std::string command, json::object arguments) {
  arguments["page"] = at.name();
  auto done = co_await visit->run(command, std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, at.href());
}

http::Task<http::Response> put(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  const std::string key = "wiki:" + at.name();
  Written written = sent(*visit);
  if (written.at("how") == "preview") {
    co_await keep_draft(visit, key);
    http::Response out = co_await wiki_edit(visit, at, lens, space, std::move(written), nullptr, 200);
    co_return out;
  }
  json::object arguments{{"page", at.name()},
                         {"text", written.at("text")},
                         {"title", written.at("title")},
                         {"summary", written.at("summary")}};
  if (const std::string from = written.at("base"); !from.empty()) arguments["base"] = words_of(from, ",");
  if (!written.at("label").empty()) arguments["label"] = written.at("label");
  auto done = co_await visit->run("wiki/put", std::move(arguments));
  if (!done.ok()) {
    co_await keep_draft(visit, key);
    json::value problem = problem_view(done.error(), true);
    http::Response out =
        co_await wiki_edit(visit, at, lens, space, std::move(written), std::move(problem), 409);
    co_return out;
  }
  co_await drop_draft(visit, key);
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, at.href());
}

http::Task<http::Response> merge(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  Written written = sent(*visit);
  if (written.at("how") != "send") {
    if (written.at("how") == "choose") written.fields["text"].clear();
    http::Response out = co_await wiki_merge(visit, at, lens, space, std::move(written), nullptr, 200);
    co_return out;
  }
  json::object arguments{
      {"page", at.name()}, {"text", written.at("text")}, {"summary", written.at("summary")}};
  if (const std::string from = written.at("base"); !from.empty()) arguments["base"] = words_of(from, ",");
  auto done = co_await visit->run("wiki/merge", std::move(arguments));
  if (!done.ok()) {
    json::value problem = problem_view(done.error(), true);
    http::Response out =
        co_await wiki_merge(visit, at, lens, space, std::move(written), std::move(problem), 422);
    co_return out;
  }
  tell_next(*visit, "success", "saved");
  co_return see_other(*visit, at.href());
}

http::Task<http::Response> rename(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  const std::string to = visit->field("to").value_or("");
  json::object arguments{{"page", at.name()}, {"to", to}};
  auto done = co_await visit->run("wiki/rename", std::move(arguments));
  if (!done.ok()) {
    json::value problem = problem_view(done.error(), false);
    http::Response out = co_await wiki_rename(visit, at, lens, space, std::move(problem), 422);
    co_return out;
  }
  co_return see_other(*visit, wiki_path(at.space, to));
}

}  // namespace

http::Task<http::Response> wiki_edit(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space,
                                     Written written, json::value problem, unsigned status) {
  auto found = co_await current(visit, at);
  if (!found.ok()) co_return failure(*visit, found.error());
  const json::object row = *found;
  if (flag_in(row, "needs_merge")) co_return see_other(*visit, at.href() + "?view=merge");
  const std::string newest = text_in(row, "revision");
  const std::string base = written.at("base").empty() ? newest : written.at("base");
  const json::object theirs = co_await changed_since(visit, at, base, newest);
  if (!written.fields.contains("text")) {
    written.fields["text"] = text_in(row, "text");
    written.fields["title"] = text_in(row, "title");
  }
  json::object view = co_await begin_view(visit, "wiki-edit", at.path);
  view["page"].as_object()["space_id"] = at.space;
  Make make = [view, lens, at, space, row, theirs, newest, written, problem]() mutable {
    add_wiki_head(view, *lens, at, space, row, "edit");
    view["problem"] = problem;
    if (!list_in(theirs, "hunks").empty())
      view["theirs"] = json::object{{"hunks", hunk_views(*lens, theirs)}};
    view["action"] = lens->to(at.href());
    view["draft_key"] = "wiki:" + at.name();
    // What was changed meanwhile is shown; saving again settles it.
    view["base"] = newest;
    view["field_title"] = written.at("title");
    view["summary"] = written.at("summary");
    view["reach"] = reach_view(*lens, space);
    const std::string label = written.at("label").empty() ? text_in(row, "label") : written.at("label");
    view["labels"] = label_options(*lens, space, label);
    view["back_href"] = lens->to(row.empty() ? "/s/" + url_part(at.space) + "/wiki" : at.href());
    add_text_box(view, *lens, lens->words->plain("write.text"), written, at.space, 18);
    return view;
  };
  http::Response out = co_await show(visit, "wiki-edit", std::move(make), status);
  co_return out;
}

http::Task<http::Response> wiki_merge(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space,
                                      Written written, json::value problem, unsigned status) {
  auto found = co_await current(visit, at);
  if (!found.ok()) co_return failure(*visit, found.error());
  const json::object row = *found;
  if (row.empty() || list_in(row, "heads").size() < 2) co_return see_other(*visit, at.href());
  json::object view = co_await begin_view(visit, "wiki-merge", at.path);
  view["page"].as_object()["space_id"] = at.space;
  Make make = [view, lens, at, space, row, written, problem]() mutable {
    add_wiki_head(view, *lens, at, space, row, "read");
    Merging merging = merging_of(*lens, row, written);
    view["problem"] = problem;
    view["conflicts"] = std::move(merging.conflicts);
    view["action"] = lens->to(at.href());
    view["draft_key"] = "merge:" + at.name();
    std::string heads;
    for (const std::string& head : texts_in(row, "heads"))
      heads += (heads.empty() ? "" : ",") + head;
    view["base"] = heads;
    view["reach"] = reach_view(*lens, space);
    view["summary"] = written.at("summary");
    if (written.at("text").empty()) written.fields["text"] = merging.text;
    add_text_box(view, *lens, lens->words->plain("write.text"), written, at.space, 18);
    return view;
  };
  http::Response out = co_await show(visit, "wiki-merge", std::move(make), status);
  co_return out;
}

http::Task<http::Response> wiki_rename(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space,
                                       json::value problem, unsigned status) {
  auto found = co_await current(visit, at);
  if (!found.ok()) co_return failure(*visit, found.error());
  const json::object row = *found;
  if (row.empty()) co_return not_there(*visit);
  json::object view = co_await begin_view(visit, "wiki-rename", at.path);
  Make make = [view, lens, at, space, row, problem]() mutable {
    add_wiki_head(view, *lens, at, space, row, "read");
    view["problem"] = problem;
    view["action"] = lens->to(at.href());
    view["path"] = text_in(row, "path");
    view["back_href"] = lens->to(at.href());
    return view;
  };
  http::Response out = co_await show(visit, "wiki-rename", std::move(make), status);
  co_return out;
}

http::Task<http::Response> wiki_change(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  const std::string what = visit->field("do").value_or("");
  if (what == "put") {
    http::Response out = co_await put(visit, at, lens, space);
    co_return out;
  }
  if (what == "merge") {
    http::Response out = co_await merge(visit, at, lens, space);
    co_return out;
  }
  if (what == "rename") {
    http::Response out = co_await rename(visit, at, lens, space);
    co_return out;
  }
  json::object arguments;
  if (const auto revision = visit->field("rev"); revision && !revision->empty()) arguments["rev"] = *revision;
  if (what == "restore") {
    http::Response out = co_await simply(visit, at, "wiki/restore", std::move(arguments));
    co_return out;
  }
  if (what != "stamp") co_return not_there(*visit);
  const std::string how = visit->field("how").value_or("");
  if (how == "object") arguments["object"] = true;
  if (how == "undo") arguments["undo"] = true;
  if (const auto note = visit->field("note"); note && !note->empty()) arguments["note"] = *note;
  http::Response out = co_await simply(visit, at, "wiki/stamp", std::move(arguments));
  co_return out;
}

}  // namespace comity::web
