// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"

namespace comity::cli {
namespace {

namespace json = boost::json;

std::string state_of(const json::object& status) {
  const json::value* reason = status.if_contains("read_only");
  if (reason != nullptr && reason->is_object()) {
    const json::object& problem = reason->get_object();
    return fmt::format("read-only: {} {}. {}", text_in(problem, "code"), text_in(problem, "title"),
                       text_in(problem, "next_step"));
  }
  const json::value* ready = status.if_contains("ready");
  return ready != nullptr && ready->is_bool() && ready->get_bool() ? "ready" : "not ready";
}

std::string search_of(const json::object& status) {
  const json::value* const found = status.if_contains("search");
  if (found == nullptr || !found->is_object()) return "-";
  const json::object& search = found->get_object();
  if (text_in(search, "ready") == "true") return "ready";
  return fmt::format("being built, {} of {} entries", number_in(search, "done"), number_in(search, "total"));
}

proto::Result<int> status(Context& context, const Arguments& /*arguments*/) {
  COMITY_TRY(const json::object status, call_object(context, "status", {}));
  if (context.output.json()) {
    context.output.document(status);
    return kDone;
  }
  context.output.fields({
      {"agency", fmt::format("{} ({})", text_in(status, "name"), text_in(status, "short_name"))},
      {"agency id", text_in(status, "agency_id")},
      {"words", text_in(status, "words")},
      {"state", state_of(status)},
      {"version", text_in(status, "version")},
      {"started",
       fmt::format("{} (start number {})", text_in(status, "started"), number_in(status, "boot_count"))},
      {"entries", std::to_string(number_in(status, "entries"))},
      {"peers", std::to_string(list_in(status, "peers").size())},
      {"keys",
       fmt::format("document {}, until {}", number_in(status, "keydoc"), text_in(status, "keys_end"))},
      {"search", search_of(status)},
      {"store", fmt::format("{}, {} free", bytes_text(number_in(status, "store_bytes")),
                            bytes_text(number_in(status, "free_bytes")))},
  });
  return kDone;
}

}  // namespace

std::vector<Verb> status_verbs() {
  return {{"status",
           "What the node of this directory is and does, on one screen",
           "comity status --data /srv/health",
           {},
           status}};
}

}  // namespace comity::cli
