// SPDX-License-Identifier: EUPL-1.2
#include "node/api/arguments.h"

#include "proto/bounds.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

const json::value* find(const json::object& arguments, std::string_view name) {
  const json::value* value = arguments.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Error wrong(std::string_view name, std::string_view what) {
  return {Code::kBadArguments, std::string(name) + ": " + std::string(what)};
}

// The number of exactly `digits` digits at the front of `text`, which loses them.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned number = 0;
  for (const char digit : text.substr(0, digits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(digit - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char what) {
  if (text.empty() || text.front() != what) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_time<std::chrono::milliseconds>> read_moment(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day));
  // Signed messages count from 1970.
  if (!date.ok() || *year < 1970) return std::nullopt;
  std::chrono::seconds clock{0};
  if (!text.empty()) {
    if (!take(text, 'T')) return std::nullopt;
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    std::optional<unsigned> second = 0;
    if (take(text, ':')) second = take_number(text, 2);
    if (!second || *second > 59 || text != "Z") return std::nullopt;
    clock = std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  }
  return std::chrono::sys_days(date) + clock;
}

}  // namespace

Result<std::size_t> page_limit(const json::object& arguments) {
  const json::value* value = find(arguments, "limit");
  if (value == nullptr) return proto::bounds::kListPage;
  boost::system::error_code failure;
  const auto limit = value->to_number<std::uint64_t>(failure);
  if (failure || limit == 0 || limit > proto::bounds::kListPage) {
    return wrong("limit", "a number from 1 to " + std::to_string(proto::bounds::kListPage));
  }
  return static_cast<std::size_t>(limit);
}

Result<proto::Bytes> hex_argument(const json::object& arguments, std::string_view name) {
  COMITY_TRY(const auto text, text_argument(arguments, name));
  if (!text) return proto::Bytes();
  auto bytes = proto::from_hex(*text);
  if (!bytes.ok()) return wrong(name, "hexadecimal digits");
  return *std::move(bytes);
}

Result<std::optional<std::string>> text_argument(const json::object& arguments, std::string_view name) {
  const json::value* value = find(arguments, name);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return wrong(name, "a text");
  return std::optional<std::string>(std::string(value->get_string()));
}

Result<std::string> required_text(const json::object& arguments, std::string_view name) {
  COMITY_TRY(auto text, text_argument(arguments, name));
  if (!text || text->empty()) return wrong(name, "it is missing");
  return *std::move(text);
}

Result<std::optional<std::chrono::sys_time<std::chrono::milliseconds>>> moment_argument(
    const json::object& arguments, std::string_view name) {
  using Moment = std::chrono::sys_time<std::chrono::milliseconds>;
  COMITY_TRY(const auto text, text_argument(arguments, name));
  if (!text) return std::optional<Moment>();
  const auto moment = read_moment(*text);
  if (!moment) return wrong(name, "a moment in UTC, as in 2026-11-20T08:00Z");
  return moment;
}

Result<std::optional<std::uint64_t>> number_argument(const json::object& arguments, std::string_view name) {
  const json::value* value = find(arguments, name);
  if (value == nullptr) return std::optional<std::uint64_t>();
  boost::system::error_code failure;
  const auto number = value->to_number<std::uint64_t>(failure);
  if (failure) return wrong(name, "a whole number");
  return std::optional<std::uint64_t>(number);
}

Result<std::vector<std::string>> texts_argument(const json::object& arguments, std::string_view name) {
  std::vector<std::string> out;
  const json::value* value = find(arguments, name);
  if (value == nullptr) return out;
  if (!value->is_array()) return wrong(name, "a list of texts");
  for (const json::value& each : value->get_array()) {
    if (!each.is_string()) return wrong(name, "a list of texts");
    out.emplace_back(each.get_string());
  }
  return out;
}

Result<bool> flag_argument(const json::object& arguments, std::string_view name) {
  const json::value* value = find(arguments, name);
  if (value == nullptr) return false;
  if (!value->is_bool()) return wrong(name, "true or false");
  return value->get_bool();
}

}  // namespace comity::api
