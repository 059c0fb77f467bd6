// SPDX-License-Identifier: EUPL-1.2
// comity peer check: numbered checks, each with one line that says how to mend what is amiss.
#include "tools/comity/commands/checks.h"

#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Result;

// Longer than the slowest check: eight addresses of theirs, then eight of ours that they dial.
constexpr std::chrono::seconds kLongest{150};

std::string count_text(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

Result<int> check(Context& context, const Arguments& arguments) {
  COMITY_TRY(const json::object answer,
             call_object(context, "peer/check", {{"name", *arguments.find("NAME")}}, kLongest));
  return show_checks(context, answer);
}

}  // namespace

int show_checks(Context& context, const json::object& document) {
  const std::uint64_t failures = number_in(document, "failures");
  if (context.output.json()) {
    context.output.document(document);
    return failures == 0 ? kDone : kFailed;
  }
  for (const json::value& row : list_in(document, "checks")) {
    if (!row.is_object()) continue;
    const json::object& each = row.get_object();
    context.output.text(fmt::format("{} {:<4}  {}\n", text_in(each, "code"), text_in(each, "verdict"),
                                    safe_text(text_in(each, "text"))));
    const std::string fix = text_in(each, "fix");
    if (fix != "-") context.output.text(fmt::format("               fix: {}\n", safe_text(fix)));
  }
  context.output.text(fmt::format("{}, {}\n", count_text(failures, "failure"),
                                  count_text(number_in(document, "warnings"), "warning")));
  return failures == 0 ? kDone : kFailed;
}

std::vector<Verb> check_verbs() {
  return {{"peer check",
           "Look at the connection to a peer from both sides, and say what is amiss",
           "comity peer check finance",
           {{"NAME", {}, "Our name for the other agency", true}},
           check}};
}

}  // namespace comity::cli
