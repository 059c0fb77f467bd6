// SPDX-License-Identifier: EUPL-1.2
#include "node/api/client.h"

#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "node/api/control.h"
#include "node/api/problem.h"
#include "node/http/exchange.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;

// What a failed connection means to the person at the command line.
Error explain(const Error& error, const std::filesystem::path& socket) {
  switch (error.code) {
    case Code::kConnectionRefused:
      return {Code::kNodeNotRunning, socket.parent_path().string()};
    case Code::kNotPermitted:
      return {Code::kControlNotPermitted, socket.string()};
    case Code::kTimedOut:
      return {Code::kNodeNoAnswer, {}};
    case Code::kEndOfStream:
    case Code::kConnectionReset:
      return {Code::kNodeNoAnswer, "it ended the connection"};
    case Code::kBadSocketPath:
    case Code::kOutOfSockets:
    case Code::kTransport:
      return error;
    default:
      return {Code::kNodeBadAnswer, proto::to_string(error)};
  }
}

}  // namespace

Client::Client(const std::filesystem::path& data_directory) : socket_(data_directory / kControlSocket) {}

proto::Result<json::value> Client::call(std::string_view command, const json::object& arguments,
                                        std::chrono::seconds timeout) const {
  http::Request request{
      .method = "POST", .target = std::string(kCommandPath) + std::string(command), .keep_alive = false};
  request.fields.add("Host", "control");
  request.fields.add("Content-Type", "application/json");
  request.body = json::serialize(arguments);
  const auto response = http::exchange(socket_, request, timeout);
  if (!response.ok()) return explain(response.error(), socket_);
  if (response->content_type == kProblemType) return read_problem(response->body);
  boost::system::error_code failure;
  json::value value = json::parse(response->body, failure);
  if (failure || response->status != 200) {
    return Error{Code::kNodeBadAnswer, "HTTP status " + std::to_string(response->status)};
  }
  return value;
}

}  // namespace comity::api
