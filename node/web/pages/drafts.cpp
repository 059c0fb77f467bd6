// SPDX-License-Identifier: EUPL-1.2
// Drafts: their list, keeping one while somebody writes, and the preview of a text.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "node/web/look/markdown.h"
#include "node/web/pages/hall.h"
#include "node/web/pages/pages.h"

namespace comity::web {
namespace {

namespace json = boost::json;

struct Place {
  std::string words;
  std::string path;
};

/// Where the draft of a key is gone on with.
Place place_of(const Lens& lens, const std::string& key) {
  const Words& words = *lens.words;
  const std::size_t colon = key.find(':');
  const std::string kind = key.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : key.substr(colon + 1);
  if (kind == "post") return {words.say("draft.where.post", {rest}), "/s/" + url_part(rest) + "/new"};
  if (kind == "reply")
    return {std::string(words.plain("draft.where.reply")), "/t/" + url_part(rest) + "#reply"};
  if (kind == "edit") return {std::string(words.plain("draft.where.edit")), "/e/" + url_part(rest) + "/edit"};
  if (kind == "circle")
    return {std::string(words.plain("draft.where.message")), "/messages/" + url_part(rest)};
  if (kind == "message") return {std::string(words.plain("draft.where.message")), "/messages/new"};
  if (kind == "space") return {std::string(words.plain("draft.where.space")), "/spaces/new"};
  const std::size_t slash = rest.find('/');
  const std::size_t mark = rest.rfind('#');
  if (kind == "section" && slash != std::string::npos && mark != std::string::npos && mark > slash)
    return {words.say("draft.where.wiki", {rest.substr(0, mark)}),
            wiki_path(rest.substr(0, slash), rest.substr(slash + 1, mark - slash - 1)) +
                "?view=edit&section=" + url_part(rest.substr(mark + 1))};
  if ((kind == "wiki" || kind == "merge") && slash != std::string::npos)
    return {words.say("draft.where.wiki", {rest}), wiki_path(rest.substr(0, slash), rest.substr(slash + 1)) +
                                                       "?view=" + (kind == "wiki" ? "edit" : "merge")};
  return {std::string(words.plain("draft.where.update")), "/"};
}

http::Task<http::Response> list(Shared visit) {
  auto lens = lens_of(*visit);
  json::object none;
  COMITY_ASK(drafts, "draft/list", none);
  json::object view = co_await begin_view(visit, "drafts", "");
  Make make = [view, lens, drafts]() mutable {
    json::array rows;
    for (const json::value& value : list_in(drafts, "drafts")) {
      const json::object& draft = value.as_object();
      const Place place = place_of(*lens, text_in(draft, "key"));
      boost::system::error_code failed;
      const json::object fields = object_of(json::parse(text_in(draft, "text"), failed));
      rows.push_back(json::object{{"key", text_in(draft, "key")},
                                  {"where", place.words},
                                  {"href", lens->to(place.path)},
                                  {"text", plain_beginning(text_in(fields, "text"), 160)},
                                  {"when", when_view(*lens, text_in(draft, "time"))},
                                  {"drop_href", lens->to("/drafts/drop")}});
    }
    view["drafts"] = std::move(rows);
    return view;
  };
  http::Response out = co_await show(visit, "drafts", std::move(make));
  co_return out;
}

http::Task<http::Response> drop(Shared visit) {
  co_await drop_draft(visit, visit->field("key").value_or(""));
  co_return see_other(*visit, "/drafts");
}

/// From the script of a page that is being written in: fields as one JSON object of texts.
http::Task<http::Response> keep(Shared visit) {
  boost::system::error_code failed;
  const json::value fields = json::parse(visit->field("fields").value_or(""), failed);
  if (failed || !fields.is_object())
    co_return failure(*visit, {proto::Code::kBadArguments, "fields: an object"});
  json::object kept;
  for (const auto& [name, value] : fields.get_object()) {
    if (value.is_string()) kept[name] = with_plain_line_ends(std::string_view(value.get_string()));
  }
  json::object arguments{{"key", visit->field("key").value_or("")}, {"text", json::serialize(kept)}};
  auto done = co_await visit->run("draft/put", std::move(arguments));
  if (!done.ok()) co_return failure(*visit, done.error());
  co_return http::Response{.status = 204};
}

http::Task<http::Response> preview(Shared visit) {
  const std::string text = with_plain_line_ends(visit->field("text").value_or(""));
  const std::string space = visit->field("space").value_or("");
  const std::string base = visit->base;
  std::function<std::string()> work = [text, space, base] {
    return markdown(text, {.base = base, .space = space}).html;
  };
  std::string made = co_await render_on_pool(visit, std::move(work));
  co_return html(std::move(made));
}

}  // namespace

void add_draft_pages(Router& router) {
  router.get("/drafts", Access::kPerson, list);
  router.post("/drafts/drop", Access::kPerson, drop);
  router.post("/drafts/keep", Access::kPerson, keep);
  router.post("/preview", Access::kPerson, preview);
}

}  // namespace comity::web
