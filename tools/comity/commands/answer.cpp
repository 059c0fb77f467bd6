// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/commands/answer.h"

#include <charconv>

#include <boost/json/serialize.hpp>

#include "node/api/client.h"

namespace comity::cli {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

Result<json::object> call_object(const Context& context, std::string_view command,
                                 const json::object& arguments, std::chrono::seconds timeout) {
  COMITY_TRY(json::value answer, api::Client(context.data_directory).call(command, arguments, timeout));
  if (!answer.is_object()) return Error{Code::kNodeBadAnswer, "no object"};
  return std::move(answer.get_object());
}

std::string text_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return "-";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::uint64_t number_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return 0;
  boost::system::error_code failure;
  const auto number = value->to_number<std::uint64_t>(failure);
  return failure ? 0 : number;
}

const json::array& list_in(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

std::vector<Option> page_options() {
  return {{"--limit", "N", "Rows to show (default 100, at most 100)"},
          {"--after", "PLACE", "Go on behind the place that ended the page before"}};
}

Result<json::object> page_arguments(const Arguments& arguments) {
  json::object out;
  if (const auto limit = arguments.find("--limit")) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), number);
    if (error != std::errc() || end != limit->data() + limit->size() || number == 0) {
      return Error{Code::kUsage, "--limit takes a number from 1"};
    }
    out["limit"] = number;
  }
  if (const auto after = arguments.find("--after")) out["after"] = *after;
  return out;
}

void note_next_page(Context& context, const json::object& answer) {
  const std::string next = text_in(answer, "next");
  if (next != "-" && !next.empty()) context.output.note("There may be more: --after " + next);
}

std::string tombstone(const json::object& entry) {
  const auto part = [&](std::string_view key, std::string_view before) {
    const std::string text = text_in(entry, key);
    return text.empty() || text == "-" ? std::string() : std::string(before) + text;
  };
  const std::string said = "withdrawn" + part("withdrawn_by", " by ") + part("withdrawn_reason", ", ") +
                           part("withdrawn_text", ": ");
  return "[" + safe_text(said) + "]";
}

}  // namespace comity::cli
