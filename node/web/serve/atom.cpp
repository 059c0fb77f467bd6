// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/atom.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "node/api/scopes.h"
#include "node/web/serve/services.h"
#include "proto/moment.h"

namespace comity::web {
namespace {

namespace json = boost::json;
using proto::Code;

// Feed readers ask often and show the beginning.
constexpr std::size_t kEntries = 50;
constexpr std::size_t kTextBytes = 4000;
constexpr std::size_t kTitleBytes = 80;

std::string text_in(const json::object& row, std::string_view name) {
  const json::value* const value = row.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The beginning of a text, cut between characters.
std::string beginning(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
    --end;
  return text.substr(0, end) + " [...]";
}

std::string entry_text(const json::object& row, const std::string& site) {
  const std::string id = text_in(row, "id");
  std::string title = text_in(row, "title");
  if (title.empty()) title = beginning(text_in(row, "text"), kTitleBytes);
  // Where it may go is said where it is read: before its title.
  const std::string boundary = text_in(row, "space") + ", " + text_in(row, "label");
  const std::string reason = text_in(row, "reason");
  return fmt::format(
      "<entry><id>urn:comity:entry:{0}</id><title>[{1}] {2}</title><updated>{3}</updated>"
      "<author><name>{4}</name></author><link rel=\"alternate\" href=\"{5}/e/{0}\"/>{6}"
      "<content type=\"text\">{7}</content></entry>\n",
      xml_escaped(id), xml_escaped(boundary), xml_escaped(title), xml_escaped(text_in(row, "time")),
      xml_escaped(text_in(row, "author")), xml_escaped(site),
      reason.empty() ? "" : "<category term=\"" + xml_escaped(reason) + "\"/>",
      xml_escaped(beginning(text_in(row, "text"), kTextBytes)));
}

using Answer = http::Task<http::Response>;

Answer feed(Accounts* accounts, std::shared_ptr<Visit> visit, std::string command, json::object arguments,
            std::string title) {
  const auto program = accounts->person_of_token(visit->part("token"));
  if (!program.ok()) co_return failure(*visit, program.error());
  if (!*program || ((*program)->token.scopes & api::kScopeSyndication) == 0) co_return not_there(*visit);
  visit->person = (*program)->person;
  arguments["limit"] = kEntries;
  auto outcome = co_await visit->run(command, std::move(arguments));
  // The address is the secret: nothing of the reader's session belongs into the answer.
  visit->cookies.clear();
  if (!outcome.ok()) {
    visit->person.reset();
    co_return failure(*visit, outcome.error());
  }
  Services& services = *visit->services;
  const std::string site = (visit->secure ? "https://" : "http://") + visit->host + visit->base;
  const json::array& rows = outcome->as_object().at("entries").as_array();
  http::Response out{.content_type = "application/atom+xml; charset=utf-8"};
  out.body = atom_text(services.agency + ": " + title, site, visit->path, rows,
                       proto::moment_text(services.desk.now()));
  out.fields.add("Cache-Control", "private, max-age=300");
  visit->csrf.clear();
  co_return out;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out.push_back(c);
    }
  }
  // U+FFFE and U+FFFF, which are no characters of XML.
  for (const std::string_view odd : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (std::size_t at = out.find(odd); at != std::string::npos; at = out.find(odd, at))
      out.erase(at, odd.size());
  }
  return out;
}

std::string atom_text(const std::string& title, const std::string& site, const std::string& self,
                      const json::array& rows, const std::string& now) {
  std::string entries;
  std::string updated;
  for (const json::value& row : rows) {
    if (!row.is_object() || text_in(row.get_object(), "kind") == "person") continue;
    updated = std::max(updated, text_in(row.get_object(), "time"));
    entries += entry_text(row.get_object(), site);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>{0}</id>"
      "<title>{1}</title><updated>{2}</updated><link rel=\"self\" href=\"{0}\"/>\n{3}</feed>\n",
      xml_escaped(site + self), xml_escaped(title), xml_escaped(updated.empty() ? now : updated), entries);
}

void add_atom(Router& router, Accounts& accounts) {
  Accounts* const at = &accounts;
  router.get("/atom/{token}/timeline", Access::kAnyone, [at](std::shared_ptr<Visit> visit) {
    return feed(at, std::move(visit), "timeline", {}, "what others have written");
  });
  router.get("/atom/{token}/notifications", Access::kAnyone, [at](std::shared_ptr<Visit> visit) {
    return feed(at, std::move(visit), "notifications", {}, "notifications");
  });
  router.get("/atom/{token}/search", Access::kAnyone, [at](std::shared_ptr<Visit> visit) {
    const std::string query = visit->asked("query").value_or("");
    return feed(at, std::move(visit), "search", {{"query", query}}, query);
  });
  router.get("/atom/{token}/spaces/{space}", Access::kAnyone, [at](std::shared_ptr<Visit> visit) {
    const std::string space = visit->part("space");
    return feed(at, std::move(visit), "list", {{"space", space}}, space);
  });
  router.get("/atom/{token}/tags/{space}/{tag}", Access::kAnyone, [at](std::shared_ptr<Visit> visit) {
    const std::string space = visit->part("space");
    const std::string tag = visit->part("tag");
    return feed(at, std::move(visit), "list", {{"space", space}, {"tag", tag}}, space + " #" + tag);
  });
}

}  // namespace comity::web
