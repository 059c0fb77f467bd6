// SPDX-License-Identifier: EUPL-1.2
#include "node/api/control.h"

#include <stdexcept>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include "node/runtime/loop.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;

http::Task<proto::Result<json::value>> repeat(Call call) {
  if (call.arguments.contains("refuse")) co_return Error{Code::kNotAllowed, "as asked"};
  json::object out;
  out["uid"] = call.caller.uid.value_or(0);
  out["arguments"] = call.arguments;
  co_return json::value(out);
}

struct Bench {
  Bench() {
    commands.add("repeat", {Effect::kReads, repeat});
    commands.add("peer/change", {Effect::kChanges, repeat});
  }
  http::Response ask(std::string method, std::string target, std::string body = {},
                     std::string type = "application/json", std::optional<std::uint32_t> uid = 1004) {
    http::Request request{std::move(method), std::move(target), {}, std::move(body), true};
    if (!request.body.empty()) request.fields.add("Content-Type", type);
    return loop.run(service.handler(std::move(request), {.uid = uid}));
  }
  static std::string code_of(const http::Response& response) {
    return std::string(json::parse(response.body).at("code").as_string());
  }

  runtime::Loop loop{runtime::Loop::Threads::kSingle};
  CommandTable commands;
  http::Service service = control_service(&commands, [](const std::string&) {});
};

}  // namespace

TEST_CASE("a command gets its arguments and the caller's uid") {
  Bench bench;
  const http::Response response =
      bench.ask("POST", "/v1/repeat", R"({"a":[1,"b"]})", "application/json; charset=utf-8");
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/json");
  CHECK(response.body == R"({"uid":1004,"arguments":{"a":[1,"b"]}})");
  CHECK(bench.ask("GET", "/v1/repeat").body == R"({"uid":1004,"arguments":{}})");
  CHECK(bench.ask("POST", "/v1/peer/change").status == 200);
}

TEST_CASE("only root and the node's own user act for people, wherever in a call a person is named") {
  Bench bench;
  const auto status = [&](const char* body, std::optional<std::uint32_t> uid) {
    return bench.ask("POST", "/v1/repeat", body, "application/json", uid).status;
  };
  const std::uint32_t stranger = ::geteuid() + 1000;
  for (const char* body :
       {R"({"as":"maria"})", R"({"as":null})", R"({"posts":[{"text":"x"},{"as":"maria"}]})"}) {
    CAPTURE(body);
    CHECK(status(body, stranger) == 403);
    CHECK(status(body, std::nullopt) == 403);
    CHECK(status(body, 0) == 200);
    CHECK(status(body, ::geteuid()) == 200);
  }
  CHECK(status(R"({"who":"as","a":["as",{"b":1}]})", stranger) == 200);
}

TEST_CASE("what is not a command is refused with its code") {
  Bench bench;
  for (const char* target : {"/", "/v1/", "/v1/nothing", "/v2/repeat", "/v1/repeat/", "/v1/repeat?x=1",
                             "/v1/../repeat", "*", "http://x/v1/repeat"}) {
    CAPTURE(target);
    const http::Response response = bench.ask("POST", target);
    CHECK(response.status == 404);
    CHECK(Bench::code_of(response) == "CMY-1713");
  }
}

TEST_CASE("what changes state is not reached by GET, nothing by other methods") {
  Bench bench;
  CHECK(bench.ask("GET", "/v1/peer/change").status == 405);
  CHECK(bench.ask("DELETE", "/v1/repeat").status == 405);
  CHECK(bench.ask("HEAD", "/v1/repeat").status == 405);
}

TEST_CASE("arguments are one JSON object") {
  Bench bench;
  for (const char* body :
       {"{", "[]", "1", "\"a\"", "{\"a\":1}x", "{'a':1}", "{\"a\":\"\xff\"}", "null", "{\"a\":1,}"}) {
    CAPTURE(body);
    const http::Response response = bench.ask("POST", "/v1/repeat", body);
    CHECK(response.status == 415);
    CHECK(Bench::code_of(response) == "CMY-1706");
  }
  CHECK(bench.ask("POST", "/v1/repeat", "{}", "text/plain").status == 415);
  // Nesting is bounded, so that no caller can exhaust the stack.
  CHECK(bench.ask("POST", "/v1/repeat", R"({"a":)" + std::string(500, '[') + std::string(500, ']') + "}")
            .status == 415);
}

TEST_CASE("a command's error is a problem document") {
  Bench bench;
  const http::Response response = bench.ask("POST", "/v1/repeat", R"({"refuse":true})");
  CHECK(response.status == 403);
  CHECK(response.content_type == "application/problem+json");
  CHECK(Bench::code_of(response) == "CMY-1718");
}

TEST_CASE("two commands of one name, or a name of other characters, are a mistake of the program") {
  CommandTable commands;
  commands.add("peer/list", {});
  CHECK_THROWS_AS(commands.add("peer/list", {}), std::logic_error);
  for (const char* name : {"", "/peer", "peer/", "Peer", "peer list", "peer?"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(commands.add(name, {}), std::logic_error);
  }
}

}  // namespace comity::api
