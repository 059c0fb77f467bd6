// SPDX-License-Identifier: EUPL-1.2
// Wiki pages: the list of a space, and one page with its views, which the query names so that a page may be
// called anything: ?view=edit, history, diff, merge, rename, and ?rev= for an earlier version.
#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"
#include "node/web/pages/space_views.h"
#include "node/web/pages/wiki_forms.h"

namespace comity::web {
namespace {

namespace json = boost::json;

http::Task<http::Response> list(Shared visit) {
  auto lens = lens_of(*visit);
  auto shown = co_await see_space(visit, lens, visit->part("space"));
  if (!shown.ok()) co_return failure(*visit, shown.error());
  const json::object row = object_of(*shown);
  const std::string after = visit->asked("after").value_or("");
  json::object arguments{{"space", text_in(row, "id")}, {"limit", 50}};
  if (!after.empty()) arguments["after"] = after;
  COMITY_ASK(pages, "wiki/list", arguments);
  const bool followed = co_await follows_space(visit, text_in(row, "id"));
  json::object view = co_await begin_view(visit, "wiki-list", text_in(row, "title"));
  Make make = [view, lens, row, pages, followed, after]() mutable {
    view["space"] = space_head_view(*lens, row, "wiki", followed);
    const std::string slug = text_in(row, "slug");
    view["begin_action"] = lens->to("/s/" + url_part(slug) + "/wiki/open");
    json::array rows;
    for (const json::value& value : list_in(pages, "pages")) {
      const json::object& page = value.as_object();
      const std::string title = text_in(page, "title");
      rows.push_back(
          json::object{{"title", title.empty() ? text_in(page, "path") : title},
                       {"path", title.empty() || title == text_in(page, "path") ? "" : text_in(page, "path")},
                       {"href", lens->to(wiki_path(slug, text_in(page, "address")))},
                       {"conflict", number_in(page, "heads") > 1},
                       {"by", text_in(page, "author")},
                       {"when", when_view(*lens, text_in(page, "time"))}});
    }
    view["pages"] = std::move(rows);
    view["pager"] =
        pager_view(*lens, "/s/" + url_part(slug) + "/wiki", text_in(pages, "next"), !after.empty());
    return view;
  };
  http::Response out = co_await show(visit, "wiki-list", std::move(make));
  co_return out;
}

/// "Begin a page, or open one": the path as it was typed.
http::Task<http::Response> open(Shared visit) {
  std::string path = visit->asked("page").value_or("");
  const auto first = path.find_first_not_of(" /");
  path = first == std::string::npos ? "" : path.substr(first);
  if (path.empty()) co_return see_other(*visit, "/s/" + url_part(visit->part("space")) + "/wiki");
  co_return see_other(*visit, wiki_path(visit->part("space"), path));
}

http::Task<http::Response> read(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  const std::string revision = visit->asked("rev").value_or("");
  json::object arguments{{"page", at.name()}};
  if (!revision.empty()) arguments["rev"] = revision;
  auto answer = co_await visit->run("wiki/get", std::move(arguments));
  // A page that is not there yet can be begun, by whom may read the space.
  if (!answer.ok() && answer.error().code == proto::Code::kPageUnknown && revision.empty()) {
    http::Response form = co_await wiki_edit(visit, at, lens, space, Written(), nullptr, 200);
    co_return form;
  }
  if (!answer.ok()) co_return failure(*visit, answer.error());
  const json::object row = object_of(*answer);
  // An older name, or the id of an entry, leads to the address that the page has now.
  const std::string address = text_in(row, "address");
  if (revision.empty() && !address.empty() && address != at.path)
    co_return see_other(*visit, wiki_path(at.space, address));
  json::array backlinks;
  json::object who{{"page", at.name()}, {"limit", 20}};
  const auto links = co_await visit->run("wiki/backlinks", std::move(who));
  if (links.ok()) backlinks = list_in(object_of(*links), "pages");
  const std::string title = text_in(row, "title");
  const std::string called = title.empty() ? at.path : title;
  json::object view = co_await begin_view(visit, "wiki", called);
  Make make = [view, lens, at, space, row, backlinks, revision] {
    return wiki_view(view, *lens, at, space, row, backlinks, revision);
  };
  http::Response out = co_await show(visit, "wiki", std::move(make));
  co_return out;
}

http::Task<http::Response> history(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  json::object page{{"page", at.name()}};
  COMITY_ASK(row, "wiki/get", page);
  const std::string after = visit->asked("after").value_or("");
  json::object arguments{{"page", at.name()}, {"limit", 50}};
  if (!after.empty()) arguments["after"] = after;
  COMITY_ASK(log, "wiki/log", arguments);
  json::object view = co_await begin_view(visit, "wiki-history", at.path);
  Make make = [view, lens, at, space, row, log, after] {
    return history_view(view, *lens, at, space, row, log, !after.empty());
  };
  http::Response out = co_await show(visit, "wiki-history", std::move(make));
  co_return out;
}

http::Task<http::Response> diff(Shared visit, WikiAt at, std::shared_ptr<Lens> lens, SeenSpace space) {
  json::object page{{"page", at.name()}};
  COMITY_ASK(row, "wiki/get", page);
  json::object arguments{{"page", at.name()},
                         {"a", visit->asked("a").value_or("")},
                         {"b", visit->asked("b").value_or(text_in(row, "revision"))}};
  COMITY_ASK(compared, "wiki/diff", arguments);
  json::object from{{"page", at.name()}, {"rev", text_in(compared, "a")}};
  COMITY_ASK(before, "wiki/get", from);
  json::object to{{"page", at.name()}, {"rev", text_in(compared, "b")}};
  COMITY_ASK(behind, "wiki/get", to);
  json::object view = co_await begin_view(visit, "wiki-diff", at.path);
  Make make = [view, lens, at, space, row, compared, before, behind]() mutable {
    add_wiki_head(view, *lens, at, space, row, "history");
    const auto moment = [&](const json::object& one) {
      const json::value when = when_view(*lens, text_in(one, "time"));
      return when.is_object() ? text_in(when.get_object(), "absolute") : std::string();
    };
    view["compared"] = lens->words->say("wiki.compared", {moment(before), moment(behind)});
    view["hunks"] = hunk_views(*lens, compared);
    view["restore"] = json::object{{"action", lens->to(at.href())},
                                   {"rev", text_in(compared, "a")},
                                   {"words", lens->words->say("wiki.restore", {moment(before)})}};
    return view;
  };
  http::Response out = co_await show(visit, "wiki-diff", std::move(make));
  co_return out;
}

http::Task<http::Response> page(Shared visit) {
  const WikiAt at{.space = visit->part("space"), .path = visit->part("page")};
  auto lens = lens_of(*visit);
  auto shown = co_await see_space(visit, lens, at.space);
  if (!shown.ok()) co_return failure(*visit, shown.error());
  const SeenSpace space = *lens->space(text_in(object_of(*shown), "id"));
  const std::string what = visit->asked("view").value_or("");
  if (what == "history") {
    http::Response out = co_await history(visit, at, lens, space);
    co_return out;
  }
  if (what == "diff") {
    http::Response out = co_await diff(visit, at, lens, space);
    co_return out;
  }
  if (what == "edit") {
    const std::string section = visit->asked("section").value_or("");
    Written written = co_await draft_of(visit, at.draft_key(section));
    if (!section.empty()) written.fields["section"] = section;
    http::Response out = co_await wiki_edit(visit, at, lens, space, std::move(written), nullptr, 200);
    co_return out;
  }
  if (what == "merge") {
    Written written = co_await draft_of(visit, "merge:" + at.name());
    http::Response out = co_await wiki_merge(visit, at, lens, space, std::move(written), nullptr, 200);
    co_return out;
  }
  if (what == "rename") {
    http::Response out = co_await wiki_rename(visit, at, lens, space, nullptr, 200);
    co_return out;
  }
  http::Response out = co_await read(visit, at, lens, space);
  co_return out;
}

http::Task<http::Response> change(Shared visit) {
  const WikiAt at{.space = visit->part("space"), .path = visit->part("page")};
  auto lens = lens_of(*visit);
  auto shown = co_await see_space(visit, lens, at.space);
  if (!shown.ok()) co_return failure(*visit, shown.error());
  const SeenSpace space = *lens->space(text_in(object_of(*shown), "id"));
  http::Response out = co_await wiki_change(visit, at, lens, space);
  co_return out;
}

}  // namespace

void add_wiki_pages(Router& router) {
  router.get("/s/{space}/wiki", Access::kPerson, list);
  router.get("/s/{space}/wiki/open", Access::kPerson, open);
  router.get("/w/{space}/{page*}", Access::kPerson, page);
  router.post("/w/{space}/{page*}", Access::kPerson, change, Sending::kOnce);
}

}  // namespace comity::web
