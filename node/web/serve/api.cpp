// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/api.h"

#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "node/web/serve/secrets.h"
#include "node/web/serve/view.h"

namespace comity::web {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

// Deep enough for any argument; the parser's own bound is 32.
constexpr std::string_view kJson = "application/json";

Error wrong(std::string_view name, std::string_view what) {
  return {Code::kBadArguments, std::string(name) + ": " + std::string(what)};
}

const Argument* find(const Operation& operation, Place place, std::string_view name) {
  for (const Argument& argument : operation.arguments) {
    if (argument.place == place && argument.name == name) return &argument;
  }
  return nullptr;
}

/// A value of the query, which is text, as what the command takes.
Result<json::value> from_text(const Argument& argument, const std::string& text) {
  if (argument.type == Type::kFlag) {
    if (text != "true" && text != "false") return wrong(argument.name, "true or false");
    return json::value(text == "true");
  }
  if (argument.type != Type::kNumber) return json::value(text);
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end)
    return wrong(argument.name, "a whole number");
  return json::value(number);
}

Status read_query(const Operation& operation, const Visit& visit, json::object& out) {
  for (const auto& [name, text] : visit.query.rows()) {
    const Argument* const argument = find(operation, Place::kQuery, name);
    if (argument == nullptr) return wrong(name, "this operation has no such argument");
    COMITY_TRY(json::value value, from_text(*argument, text));
    if (argument->type == Type::kTexts) {
      if (!out.contains(name)) out[name] = json::array();
      out[name].as_array().push_back(std::move(value));
    } else if (!out.emplace(name, std::move(value)).second) {
      return wrong(name, "it is given twice");
    }
  }
  return {};
}

Status read_body(const Operation& operation, const Visit& visit, json::object& out) {
  if (visit.request.body.empty()) return {};
  const auto type = visit.request.fields.find("Content-Type");
  if (!type || !type->starts_with(kJson))
    return Error{Code::kHttpContentType, std::string(type.value_or("none"))};
  boost::system::error_code failed;
  json::value body = json::parse(visit.request.body, failed);
  if (failed) return Error{Code::kHttpContentType, failed.message()};
  if (!body.is_object()) return Error{Code::kHttpContentType, "it is not an object"};
  for (auto& [name, value] : body.get_object()) {
    // Nobody names another person to act as: the table has no such argument.
    if (find(operation, Place::kBody, name) == nullptr)
      return wrong(name, "this operation has no such argument");
    out[name] = std::move(value);
  }
  return {};
}

std::string scope_word(std::uint32_t scope) {
  return std::string(api::scopes_json(scope).at(0).as_string());
}

bool changes(const Operation& operation) {
  return operation.method != "GET";
}

/// Whether this person, by this door, may do it. What needs an administrator is not there for others.
Status permit(const Operation& operation, const Visit& visit) {
  if (!visit.person) return Error{Code::kWebSignedOut, {}};
  if ((operation.scope & api::kScopeAdmin) != 0 && !visit.person->administrator)
    return Error{Code::kWebNotThere, {}};
  if ((visit.scopes & operation.scope) != operation.scope)
    return Error{Code::kWebScope, scope_word(operation.scope)};
  if (!changes(operation) || visit.person->by_token) return {};
  const std::string token(visit.request.fields.find("X-CSRF-Token").value_or(std::string_view()));
  if (visit.from_elsewhere || !unmasks_to(token, form_secret(visit.owner)))
    return Error{Code::kWebFormStale, {}};
  return {};
}

http::Response answer_with(const json::value& value) {
  return {.content_type = std::string(kJson), .body = json::serialize(value)};
}

/// The address of the next page (RFC 8288).
void add_next(const Visit& visit, const json::value& value, http::Response& response) {
  const json::value* const next = value.is_object() ? value.get_object().if_contains("next") : nullptr;
  if (next == nullptr || !next->is_string() || next->get_string().empty()) return;
  std::string query;
  for (const auto& [name, text] : visit.query.rows()) {
    if (name != "after") query += percent_encode(name) + "=" + percent_encode(text) + "&";
  }
  const std::string path = visit.request.target.substr(0, visit.request.target.find('?'));
  response.fields.add("Link", "<" + path + "?" + query + "after=" +
                                  percent_encode(std::string_view(next->get_string())) + ">; rel=\"next\"");
}

json::object me(const Visit& visit) {
  const Person& person = *visit.person;
  return {{"handle", person.handle},
          {"person", person.address},
          {"name", person.name},
          {"unit", person.unit},
          {"administrator", person.administrator},
          {"agency",
           visit.services == nullptr ? "" : json::value(page_view(visit, "me").at("page").at("agency"))},
          {"scopes",
           visit.person->by_token ? json::value(api::scopes_json(visit.scopes)) : json::value(nullptr)}};
}

http::Task<http::Response> operate(const Operation* operation, Events* events, std::shared_ptr<Visit> visit) {
  const Status permitted = permit(*operation, *visit);
  if (!permitted.ok()) {
    http::Response refused = failure(*visit, permitted.error());
    if (refused.status == 401) refused.fields.add("WWW-Authenticate", "Bearer");
    co_return refused;
  }
  auto arguments = read_arguments(*operation, *visit);
  if (!arguments.ok()) co_return failure(*visit, arguments.error());
  if (operation->path == "/me") co_return answer_with(me(*visit));
  if (operation->path == "/openapi.json")
    co_return http::Response{.content_type = std::string(kJson), .body = openapi_text()};
  if (operation->path == "/events") co_return co_await events->open(std::move(visit), *std::move(arguments));
  auto outcome = co_await visit->run(std::string(operation->command), *std::move(arguments));
  if (!outcome.ok()) co_return failure(*visit, outcome.error());
  http::Response out = answer_with(*outcome);
  add_next(*visit, *outcome, out);
  co_return out;
}

}  // namespace

Result<json::object> read_arguments(const Operation& operation, const Visit& visit) {
  json::object out;
  for (const auto& [name, value] : visit.parts)
    out[name] = value;
  COMITY_CHECK(read_query(operation, visit, out));
  COMITY_CHECK(read_body(operation, visit, out));
  for (const Argument& argument : operation.arguments) {
    if (argument.required && !out.contains(argument.name)) return wrong(argument.name, "it is missing");
  }
  return out;
}

void add_api(Router& router, Events& events) {
  for (const Operation& operation : operations()) {
    const Operation* const row = &operation;
    router.add({.method = std::string(row->method),
                .pattern = std::string(kApiRoot) + std::string(row->path),
                .access = Access::kAnyone,
                .sending = Sending::kProgram,
                .page = [row, at = &events](std::shared_ptr<Visit> visit) {
                  return operate(row, at, std::move(visit));
                }});
  }
}

}  // namespace comity::web
