// SPDX-License-Identifier: EUPL-1.2
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "node/api/problem.h"
#include "node/web/serve/report.h"
#include "node/web/serve/view.h"
#include "node/web/serve/web.h"

namespace comity::web {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

std::string Visit::part(std::string_view name) const {
  for (const auto& [key, value] : parts) {
    if (key == name) return value;
  }
  return {};
}

std::string Visit::once() const {
  return random_text(services->desk.random);
}

std::string Visit::asset(std::string_view name) const {
  const std::string last_part = services->assets.address(name);
  if (last_part.empty()) throw std::logic_error("no asset named " + std::string(name));
  return base + "/assets/" + last_part;
}

http::Task<Result<json::value>> Visit::run(std::string command, json::object arguments) const {
  if (!person) co_return Error{Code::kWebSignedOut, {}};
  const api::Command* const found = services->commands.find(command);
  if (found == nullptr) co_return Error{Code::kNoSuchCommand, command};
  arguments["as"] = person->handle;
  api::Call call;
  call.arguments = std::move(arguments);
  call.person = api::ActingPerson{.id = person->id, .handle = person->handle, .program = person->by_token};
  auto outcome = co_await found->run(std::move(call));
  if (!outcome.ok()) co_return reported(*services, outcome.error());
  co_return outcome;
}

http::Response html(std::string text, unsigned status) {
  return {.status = status, .content_type = "text/html; charset=utf-8", .body = std::move(text)};
}

http::Response see_other(const Visit& visit, std::string_view path) {
  http::Response out{.status = 303};
  out.fields.add("Location", visit.url(path));
  return out;
}

http::Response not_there(const Visit& visit) {
  return failure(visit, {Code::kWebNotThere, {}});
}

http::Response failure(const Visit& visit, const Error& told_of) {
  const Error given = reported(*visit.services, told_of);
  const unsigned status = status_for(given.code);
  if (visit.path.starts_with("/api/")) {
    json::object problem = json::parse(api::problem_json(told(given))).as_object();
    problem["status"] = status;
    return {
        .status = status, .content_type = std::string(api::kProblemType), .body = json::serialize(problem)};
  }
  // Readers have no command line, and need not know what kind of thing is not there.
  const Error error = status == 404 ? Error{Code::kWebNotThere, {}} : given;
  json::object view = page_view(visit, "error");
  view["code"] = proto::code_label(error.code);
  view["what"] = std::string(proto::describe(error.code).sentence);
  view["next_step"] = std::string(proto::describe(error.code).next_step);
  view["detail"] = report_id(error).empty() ? error.detail : std::string();
  view["id"] = report_id(error);
  view["status"] = status;
  return html(visit.services->look("error", view), status);
}

runtime::Pool& pool_of(const Visit& visit) {
  return visit.services->desk.pool;
}

}  // namespace comity::web
