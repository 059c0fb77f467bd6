// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Result;

std::string details_of(const json::object& event) {
  std::string out;
  for (const json::value& detail : list_in(event, "detail")) {
    if (!detail.is_object()) continue;
    out += fmt::format(" {}={}", text_in(detail.get_object(), "key"), text_in(detail.get_object(), "value"));
  }
  return out;
}

std::string actor_of(const json::object& event) {
  const json::value* actor = event.if_contains("actor");
  if (actor == nullptr || !actor->is_object()) return "-";
  const json::object& who = actor->get_object();
  if (who.contains("uid")) return "uid " + text_in(who, "uid");
  if (who.contains("name")) return text_in(who, "name");
  return text_in(event, "via");
}

Result<int> list(Context& context, const Arguments& arguments) {
  COMITY_TRY(json::object asked, page_arguments(arguments));
  COMITY_TRY(const json::object answer, call_object(context, "audit/list", asked));
  for (const json::value& row : list_in(answer, "events")) {
    if (!row.is_object()) continue;
    const json::object& event = row.get_object();
    if (context.output.json()) {
      context.output.document(event);
      continue;
    }
    const std::string outcome = text_in(event, "code") == "-" ? "ok" : text_in(event, "code");
    context.output.text(fmt::format("{}  {:<20} {:<8} {}{}\n", text_in(event, "time"),
                                    text_in(event, "event"), outcome, actor_of(event),
                                    safe_text(details_of(event))));
  }
  note_next_page(context, answer);
  return kDone;
}

}  // namespace

std::vector<Verb> audit_verbs() {
  return {{"audit list", "What operators and the node decided, newest first",
           "comity audit list --limit 20 --data /srv/health", page_options(), list}};
}

}  // namespace comity::cli
