// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/hall.h"

#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "node/web/look/look.h"
#include "node/web/serve/cookies.h"
#include "node/web/serve/services.h"
#include "node/web/serve/view.h"
#include "proto/error.h"

namespace comity::web {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostSpaces = 40;
constexpr std::size_t kRenderedBytes = std::size_t{16} << 20;
constexpr std::string_view kNoticeCookie = "comity_notice";

std::optional<std::string> cookie_of(const Visit& visit, std::string_view name) {
  return find_cookie(visit.request.fields.find("Cookie").value_or(""), name, visit.secure);
}

}  // namespace

json::object object_of(const json::value& value) {
  return value.is_object() ? value.get_object() : json::object();
}

std::shared_ptr<Lens> lens_of(const Visit& visit) {
  auto lens = std::make_shared<Lens>();
  lens->zone = Zone::named(visit.zone);
  lens->now = std::chrono::floor<std::chrono::seconds>(visit.services->desk.now());
  lens->base = visit.base;
  lens->agency = visit.services->short_name;
  // One for all readers: what may be read was decided before, and equal texts look alike to everybody.
  static Rendered lately(kRenderedBytes);
  lens->rendered = &lately;
  if (visit.person) {
    lens->address = visit.person->address;
    lens->moderates = visit.person->administrator;
  }
  return lens;
}

http::Task<proto::Result<json::value>> see_space(Shared visit, std::shared_ptr<Lens> lens, std::string name) {
  json::object arguments{{"space", name}};
  auto answer = co_await visit->run("space/show", std::move(arguments));
  if (!answer.ok()) co_return answer.error();
  const json::object space = object_of(*answer);
  lens->spaces[text_in(space, "id")] = seen_space(space, lens->agency);
  co_return answer;
}

http::Task<void> see_spaces_of(Shared visit, std::shared_ptr<Lens> lens, json::array rows) {
  std::set<std::string> ids;
  for (const json::value& row : rows) {
    if (row.is_object()) ids.insert(text_in(row.get_object(), "space_id"));
  }
  for (const std::string& id : ids) {
    if (id.empty() || lens->spaces.contains(id) || lens->spaces.size() >= kMostSpaces) continue;
    (void)co_await see_space(visit, lens, id);
  }
}

http::Task<json::object> begin_view(Shared visit, std::string name, std::string title) {
  json::object view = page_view(*visit, name);
  json::object page = object_of(view["page"]);
  if (!title.empty()) page["title"] = title;
  page["once"] = visit->once();
  page["keys"] = cookie_of(*visit, "comity_keys").value_or("on");
  if (visit->person) {
    page["live"] = visit->url("/api/v1/events");
    json::object arguments{{"unread", true}, {"limit", 20}};
    const auto notices = co_await visit->run("notifications", std::move(arguments));
    if (notices.ok()) page["unread"] = list_in(object_of(*notices), "entries").size();
  }
  if (const auto kept = cookie_of(*visit, kNoticeCookie)) {
    const std::size_t dash = kept->find('-');
    const std::string key = "notice." + kept->substr(dash == std::string::npos ? 0 : dash + 1);
    if (english().has(key))
      page["notice"] = json::object{{"kind", kept->substr(0, dash)}, {"text", english().plain(key)}};
    visit->cookies.push_back(set_cookie({.name = kNoticeCookie}, visit->secure));
  }
  view["page"] = std::move(page);
  co_return view;
}

http::Task<http::Response> show(Shared visit, std::string name, Make make, unsigned status) {
  std::function<std::string()> work = [name, make = std::move(make)] { return look(name, make()); };
  std::string text = co_await render_on_pool(visit, std::move(work));
  co_return html(std::move(text), status);
}

json::object problem_view(const proto::Error& error, bool kept) {
  const auto told = proto::describe(error.code);
  json::object out{{"title", sentence(told.sentence)},
                   {"next_step", sentence(told.next_step)},
                   {"detail", sentence(error.detail)},
                   {"code", proto::code_label(error.code)},
                   {"kept", kept}};
  return out;
}

std::string Written::at(std::string_view name) const {
  const auto found = fields.find(std::string(name));
  return found == fields.end() ? std::string() : found->second;
}

Written sent(const Visit& visit) {
  Written out;
  for (const auto& [name, value] : visit.form.rows()) {
    if (name != "csrf" && name != "once") out.fields.try_emplace(name, with_plain_line_ends(value));
  }
  return out;
}

http::Task<Written> draft_of(Shared visit, std::string key) {
  Written out;
  json::object arguments{{"key", key}};
  const auto answer = co_await visit->run("draft/list", std::move(arguments));
  if (!answer.ok()) co_return out;
  const json::object found = object_of(*answer);
  const json::array& drafts = list_in(found, "drafts");
  if (drafts.empty()) co_return out;
  boost::system::error_code failed;
  const json::value fields = json::parse(text_in(drafts[0].as_object(), "text"), failed);
  if (failed || !fields.is_object()) co_return out;
  for (const auto& [name, value] : fields.get_object()) {
    if (value.is_string()) out.fields[std::string(name)] = std::string(value.get_string());
  }
  out.since = text_in(drafts[0].as_object(), "time");
  co_return out;
}

http::Task<void> keep_draft(Shared visit, std::string key) {
  json::object fields;
  for (const auto& [name, value] : sent(*visit).fields) {
    if (name != "do" && name != "how") fields[name] = value;
  }
  json::object arguments{{"key", key}, {"text", json::serialize(fields)}};
  (void)co_await visit->run("draft/put", std::move(arguments));
}

http::Task<void> drop_draft(Shared visit, std::string key) {
  json::object arguments{{"key", key}};
  (void)co_await visit->run("draft/drop", std::move(arguments));
}

std::string draft_words(const Lens& lens, const Written& written) {
  const json::value when = when_view(lens, written.since);
  if (!when.is_object()) return {};
  return lens.words->say("draft.found", {text_in(when.get_object(), "relative")});
}

void tell_next(Visit& visit, std::string_view kind, std::string_view text) {
  visit.cookies.push_back(set_cookie(
      {.name = kNoticeCookie, .value = std::string(kind) + "-" + std::string(text)}, visit.secure));
}

json::array words_of(std::string_view text, std::string_view separators) {
  json::array out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (word.starts_with(' '))
      word.remove_prefix(1);
    while (word.ends_with(' '))
      word.remove_suffix(1);
    if (word.starts_with('#')) word.remove_prefix(1);
    if (!word.empty()) out.push_back(json::value(word));
  }
  return out;
}

std::string with_plain_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool pair = text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
    if (!pair) out += text[at];
  }
  return out;
}

}  // namespace comity::web
