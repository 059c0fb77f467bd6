// SPDX-License-Identifier: EUPL-1.2
#include "node/api/checks.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Finding;
using proto::Result;
using proto::Verdict;

using Task = http::Task<Result<json::value>>;

Task check(federation::Federation* federation, std::string name) {
  auto found = co_await federation::Federation::check(federation, name);
  if (!found.ok()) co_return found.error();
  json::object out = findings_json(*found);
  out["name"] = name;
  co_return json::value(std::move(out));
}

}  // namespace

json::object findings_json(const std::vector<Finding>& findings) {
  json::array rows;
  for (const Finding& each : findings) {
    rows.push_back(json::object{{"code", proto::code_label(each.code)},
                                {"title", proto::describe(each.code).sentence},
                                {"verdict", proto::name_of(each.verdict)},
                                {"text", each.text},
                                {"fix", each.fix.empty() ? json::value(nullptr) : json::value(each.fix)}});
  }
  const auto count = [&](Verdict verdict) {
    return static_cast<std::uint64_t>(std::ranges::count(findings, verdict, &Finding::verdict));
  };
  const std::uint64_t failures = count(Verdict::kFail);
  return {{"checks", std::move(rows)},
          {"failures", failures},
          {"warnings", count(Verdict::kWarn)},
          {"ok", failures == 0}};
}

Command peer_check_command(federation::Federation& federation) {
  return {.effect = Effect::kReads, .run = [at = &federation](Call call) -> Task {
            auto name = required_text(call.arguments, "name");
            if (!name.ok()) return answer(Result<json::value>(name.error()));
            return check(at, *std::move(name));
          }};
}

Command doctor_command(std::function<std::vector<Finding>()> look) {
  return {.effect = Effect::kReads, .run = [look = std::move(look)](Call /*call*/) {
            return answer(Result<json::value>(json::value(findings_json(look()))));
          }};
}

}  // namespace comity::api
