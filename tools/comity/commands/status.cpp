// SPDX-License-Identifier: EUPL-1.2
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "node/api/client.h"
#include "tools/comity/commands/commands.h"

namespace comity::cli {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& document, std::string_view key) {
  const json::value* value = document.if_contains(key);
  if (value == nullptr || value->is_null()) return "-";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::uint64_t number_of(const json::object& document, std::string_view key) {
  const json::value* value = document.if_contains(key);
  boost::system::error_code failure;
  const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(failure);
  return failure ? 0 : number;
}

std::string state_of(const json::object& status) {
  const json::value* reason = status.if_contains("read_only");
  if (reason != nullptr && reason->is_object()) {
    const json::object& problem = reason->get_object();
    return fmt::format("read-only: {} {}. {}", text_of(problem, "code"), text_of(problem, "title"),
                       text_of(problem, "next_step"));
  }
  const json::value* ready = status.if_contains("ready");
  return ready != nullptr && ready->is_bool() && ready->get_bool() ? "ready" : "not ready";
}

proto::Result<int> status(Context& context, const Arguments& /*arguments*/) {
  COMITY_TRY(const json::value answer, api::Client(context.data_directory).call("status"));
  if (!answer.is_object()) return proto::Error{proto::Code::kNodeBadAnswer, "no object"};
  const json::object& status = answer.get_object();
  if (context.output.json()) {
    context.output.document(status);
    return kDone;
  }
  const json::value* peers = status.if_contains("peers");
  context.output.fields({
      {"agency", fmt::format("{} ({})", text_of(status, "name"), text_of(status, "short_name"))},
      {"agency id", text_of(status, "agency_id")},
      {"words", text_of(status, "words")},
      {"state", state_of(status)},
      {"version", text_of(status, "version")},
      {"started",
       fmt::format("{} (start number {})", text_of(status, "started"), number_of(status, "boot_count"))},
      {"entries", std::to_string(number_of(status, "entries"))},
      {"peers", std::to_string(peers != nullptr && peers->is_array() ? peers->get_array().size() : 0)},
      {"store", fmt::format("{}, {} free", bytes_text(number_of(status, "store_bytes")),
                            bytes_text(number_of(status, "free_bytes")))},
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
