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
