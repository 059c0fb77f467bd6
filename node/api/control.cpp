// SPDX-License-Identifier: EUPL-1.2
#include "node/api/control.h"

#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <unistd.h>

#include "node/api/problem.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

http::Response refuse(const Error& error) {
  return {.status = http::status_of(error.code),
          .content_type = std::string(kProblemType),
          .body = problem_json(error)};
}

Result<json::object> read_arguments(const http::Request& request) {
  if (request.body.empty()) return json::object();
  const auto type = request.fields.find("Content-Type");
  if (type && !type->starts_with("application/json"))
    return Error{Code::kHttpContentType, std::string(*type)};
  boost::system::error_code failure;
  json::value value = json::parse(request.body, failure);
  if (failure) return Error{Code::kHttpContentType, failure.message()};
  if (!value.is_object()) return Error{Code::kHttpContentType, "it is not an object"};
  return std::move(value.get_object());
}

Result<const Command*> find_command(const CommandTable& commands, const http::Request& request) {
  const std::string_view target = request.target;
  const Command* command =
      target.starts_with(kCommandPath) ? commands.find(target.substr(kCommandPath.size())) : nullptr;
  if (command == nullptr) return Error{Code::kNoSuchCommand, request.target};
  const bool reads = request.method == "GET" && command->effect == Effect::kReads;
  if (request.method != "POST" && !reads) return Error{Code::kHttpMethod, request.method};
  return command;
}

bool names_person(const json::object& arguments) {
  if (arguments.contains("as")) return true;
  for (const auto& [key, value] : arguments) {
    if (!value.is_array()) continue;
    for (const json::value& each : value.get_array()) {
      if (each.is_object() && each.get_object().contains("as")) return true;
    }
  }
  return false;
}

// The socket's group may ask the node; in the name of a person only those act who could read the store
// itself.
bool may_act_for_people(const http::Caller& caller) {
  return caller.uid && (*caller.uid == 0 || *caller.uid == ::geteuid());
}

http::Task<http::Response> answer(const CommandTable* commands, http::Request request, http::Caller caller) {
  const auto command = find_command(*commands, request);
  if (!command.ok()) co_return refuse(command.error());
  auto arguments = read_arguments(request);
  if (!arguments.ok()) co_return refuse(arguments.error());
  if (names_person(*arguments) && !may_act_for_people(caller))
    co_return refuse({Code::kNotAllowed, "to act for a person"});
  // Named, not a temporary of the awaiting expression: g++ 12 destroys such a one twice.
  Call call{caller, *std::move(arguments)};
  auto outcome = co_await (*command)->run(std::move(call));
  if (!outcome.ok()) co_return refuse(outcome.error());
  co_return http::Response{.body = json::serialize(*outcome)};
}

}  // namespace

http::Service control_service(const CommandTable* commands,
                              std::function<void(const std::string& what)> failed) {
  http::Service service;
  // Not itself a coroutine: the captured pointer is copied into the one that it calls.
  service.handler = [commands](http::Request request, http::Caller caller) {
    return answer(commands, std::move(request), caller);
  };
  service.refusal = refuse;
  service.failed = std::move(failed);
  // Callers of this machine, few of them: a usual request is one read.
  service.idle_buffer = std::size_t{8} * 1024;
  return service;
}

}  // namespace comity::api
