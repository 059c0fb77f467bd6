// SPDX-License-Identifier: EUPL-1.2
#include "node/api/problem.h"

#include <charconv>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "node/http/message.h"

namespace comity::api {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  if (found == nullptr || !found->is_string()) return {};
  return std::string(found->get_string());
}

std::optional<proto::Code> code_of(std::string_view label) {
  constexpr std::string_view kPrefix = "CMY-";
  if (!label.starts_with(kPrefix)) return std::nullopt;
  label.remove_prefix(kPrefix.size());
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
  if (error != std::errc() || end != label.data() + label.size()) return std::nullopt;
  return proto::code_from_number(number);
}

}  // namespace

std::string problem_json(const proto::Error& error) {
  const proto::CodeText& text = proto::describe(error.code);
  json::object problem;
  problem["code"] = proto::code_label(error.code);
  problem["title"] = text.sentence;
  if (!error.detail.empty()) problem["detail"] = error.detail;
  if (!text.next_step.empty()) problem["next_step"] = text.next_step;
  problem["status"] = http::status_of(error.code);
  return json::serialize(problem);
}

proto::Error read_problem(std::string_view text) {
  boost::system::error_code failure;
  const json::value value = json::parse(text, failure);
  if (failure || !value.is_object()) return {proto::Code::kNodeBadAnswer, "no JSON object"};
  const json::object& problem = value.get_object();
  const std::string label = text_of(problem, "code");
  const std::string detail = text_of(problem, "detail");
  if (label.empty()) return {proto::Code::kNodeBadAnswer, "a problem without a code"};
  if (const auto code = code_of(label)) return {*code, detail};
  return {proto::Code::kUnknown, fmt::format("the node says {}: {}{}{}{}", label, text_of(problem, "title"),
                                             detail.empty() ? "" : " (", detail, detail.empty() ? "" : ")")};
}

}  // namespace comity::api
