// SPDX-License-Identifier: EUPL-1.2
#include "node/api/problem.h"

#include <doctest/doctest.h>

namespace comity::api {

using proto::Code;
using proto::Error;

TEST_CASE("a failure crosses the socket and stays the same") {
  for (const Error& error :
       {Error{Code::kNodeDraining, {}}, Error{Code::kBadArguments, "limit: \"ten\"\n"}}) {
    CHECK(read_problem(problem_json(error)) == error);
  }
}

TEST_CASE("a problem names the code, the sentence and the next step") {
  const std::string json = problem_json({Code::kNotAllowed, "uid 1004"});
  for (const std::string_view part :
       {R"("code":"CMY-1718")", R"("title":"this user may not do that")", R"("detail":"uid 1004")",
        R"("next_step":"Run it as root)", R"("status":403)"}) {
    CHECK(json.find(part) != std::string::npos);
  }
}

TEST_CASE("a code of a newer node is shown with its own words") {
  const Error error = read_problem(R"({"code":"CMY-9999","title":"the moon is full","detail":"tonight"})");
  CHECK(error.code == Code::kUnknown);
  CHECK(error.detail == "the node says CMY-9999: the moon is full (tonight)");
}

TEST_CASE("what is no problem document is a bad answer") {
  for (const std::string_view text : {"", "{", "[]", "null", "{}", R"({"code":7})", R"({"title":"x"})"}) {
    CAPTURE(text);
    CHECK(read_problem(text).code == Code::kNodeBadAnswer);
  }
  for (const std::string_view label : {"CMY-", "CMY-1718x", "CMY-99999999", "1718", "cmy-1718"}) {
    CAPTURE(label);
    CHECK(read_problem(R"({"code":")" + std::string(label) + R"("})").code == Code::kUnknown);
  }
}

}  // namespace comity::api
