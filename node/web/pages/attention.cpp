// SPDX-License-Identifier: EUPL-1.2
// Notifications, and how much one is told of each space.
#include "node/web/look/markdown.h"
#include "node/web/pages/entries.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"

namespace comity::web {
namespace {

namespace json = boost::json;

http::Task<http::Response> notifications(Shared visit) {
  auto lens = lens_of(*visit);
  const bool unread = visit->asked("show").value_or("") == "unread";
  const std::string after = visit->asked("after").value_or("");
  json::object arguments{{"limit", 30}};
  if (unread) arguments["unread"] = true;
  if (!after.empty()) arguments["after"] = after;
  COMITY_ASK(notices, "notifications", arguments);
  json::object none;
  COMITY_ASK(spaces, "unread", none);
  co_await see_spaces_of(visit, lens, list_in(notices, "entries"));
  json::object view = co_await begin_view(visit, "notifications", "");
  Make make = [view, lens, notices, spaces, unread, after]() mutable {
    const Words& words = *lens->words;
    view["entries"] = card_views(*lens, list_in(notices, "entries"), true);
    bool any = false;
    for (const json::value& row : list_in(notices, "entries"))
      any = any || flag_in(row.as_object(), "unread");
    view["news"] = any;
    view["seen_href"] = lens->to("/notifications/seen");
    view["filters"] = json::array{json::object{{"href", lens->to("/notifications")},
                                               {"words", words.plain("notifications.filter.all")},
                                               {"current", !unread}},
                                  json::object{{"href", lens->to("/notifications?show=unread")},
                                               {"words", words.plain("notifications.filter.unread")},
                                               {"current", unread}}};
    view["pager"] = pager_view(*lens, unread ? "/notifications?show=unread" : "/notifications",
                               text_in(notices, "next"), !after.empty());
    json::array rows;
    for (const json::value& value : list_in(spaces, "spaces")) {
      const json::object& space = value.as_object();
      const std::string slug = text_in(space, "space");
      if (slug.empty() || slug.find('/') != std::string::npos || rows.size() >= 60) continue;
      const std::string title = text_in(space, "title");
      rows.push_back(json::object{
          {"key", text_in(space, "space_id")},
          {"title", title.empty() ? slug : title},
          {"href", lens->to("/s/" + url_part(slug))},
          {"action", lens->to("/s/" + url_part(slug) + "/watch")},
          {"levels",
           options(*lens, "level", {"muted", "mentions", "normal", "watching"}, text_in(space, "level"))}});
    }
    view["spaces"] = std::move(rows);
    return view;
  };
  http::Response out = co_await show(visit, "notifications", std::move(make));
  co_return out;
}

http::Task<http::Response> seen(Shared visit) {
  json::object none;
  auto done = co_await visit->run("notifications/seen", std::move(none));
  if (!done.ok()) co_return failure(*visit, done.error());
  co_return see_other(*visit, "/notifications");
}

}  // namespace

void add_attention_pages(Router& router) {
  router.get("/notifications", Access::kPerson, notifications);
  router.post("/notifications/seen", Access::kPerson, seen);
}

}  // namespace comity::web
