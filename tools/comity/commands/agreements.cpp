// SPDX-License-Identifier: EUPL-1.2
// comity agreement, key, quarantine, doctor: what an operator decides besides peers.
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Result;

void show_agreement(Context& context, const json::object& answer) {
  context.output.text(text_in(answer, "text"));
  context.output.text(fmt::format("# digest {}, {}\n", text_in(answer, "digest"), text_in(answer, "state")));
}

Result<int> fresh(Context& context, const Arguments& arguments) {
  COMITY_TRY(const json::object answer, call_object(context, "agreement/new", {}));
  COMITY_CHECK(write_private(context, *arguments.find("--out"), text_in(answer, "text")));
  if (*arguments.find("--out") != "-") {
    context.output.text(fmt::format("Edit {}, then: comity peer invite --agreement {}\n",
                                    *arguments.find("--out"), *arguments.find("--out")));
  }
  return kDone;
}

std::vector<Option> change_options() {
  return {{"NAME", {}, "The peer", true},
          {"--agreement", "FILE", "The whole new text; see comity agreement show"},
          {"--ceiling", "LABEL", "Highest label in both directions"},
          {"--add-space", "SLUG", "A space more, or a pattern such as hr/*", false, true},
          {"--remove-space", "SLUG", "A space less", false, true},
          {"--until", "DATE", "Last day, as in 2027-11-30"}};
}

std::vector<Field> change_fields() {
  return {{"NAME", "name"},
          {"--agreement", "agreement", As::kFileText},
          {"--ceiling", "ceiling"},
          {"--add-space", "add_space", As::kAll},
          {"--remove-space", "remove_space", As::kAll},
          {"--until", "until"}};
}

void show_change(Context& context, const json::object& answer) {
  context.output.text(
      fmt::format("{}: {}\n", safe_text(text_in(answer, "name")), safe_text(text_in(answer, "state"))));
}

void show_keys(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "keys")) {
    if (!row.is_object()) continue;
    const json::object& key = row.get_object();
    context.output.text(fmt::format("{}  {:<10} {:<8} from {} until {}\n", text_in(key, "id"),
                                    text_in(key, "role"), text_in(key, "state"), text_in(key, "not_before"),
                                    text_in(key, "not_after")));
  }
}

void show_quarantine(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "entries")) {
    if (!row.is_object()) continue;
    const json::object& entry = row.get_object();
    context.output.text(fmt::format("{}  {:<16} {:<20} {}\n", text_in(entry, "id"), text_in(entry, "agency"),
                                    text_in(entry, "reason"), text_in(entry, "time")));
  }
}

Result<int> doctor(Context& context, const Arguments& /*arguments*/) {
  COMITY_TRY(const json::object answer, call_object(context, "doctor", {}, std::chrono::seconds(60)));
  if (context.output.json()) {
    for (const json::value& row : list_in(answer, "checks")) {
      if (row.is_object()) context.output.document(row.get_object());
    }
  } else {
    show_checks(context, answer);
  }
  return number_in(answer, "failures") == 0 ? kDone : kFailed;
}

}  // namespace

std::vector<Verb> agreement_verbs() {
  return {
      remote_verb({.path = "agreement show",
                   .summary = "What is agreed with a peer, in words",
                   .example = "comity agreement show finance",
                   .options = {{"NAME", {}, "The peer", true}},
                   .command = "agreement/show",
                   .fields = {{"NAME", "name"}},
                   .show = show_agreement}),
      {"agreement new",
       "Write the usual agreement as a file to edit",
       "comity agreement new --out hr.agreement",
       {{"--out", "FILE", "Where to write it, - for standard output", true}},
       fresh},
      remote_verb({.path = "agreement narrow",
                   .summary = "Allow less, at once and without the other side",
                   .example = "comity agreement narrow finance --remove-space hr/pay",
                   .options = change_options(),
                   .command = "agreement/narrow",
                   .fields = change_fields(),
                   .show = show_change}),
      remote_verb({.path = "agreement widen",
                   .summary = "Propose to allow more; it counts when the other side signs",
                   .example = "comity agreement widen finance --add-space wiki/travel",
                   .options = change_options(),
                   .command = "agreement/widen",
                   .fields = change_fields(),
                   .show = show_change}),
      remote_verb({.path = "agreement sign",
                   .summary = "Sign what the other side has proposed",
                   .example = "comity agreement sign finance",
                   .options = {{"NAME", {}, "The peer", true}},
                   .command = "agreement/sign",
                   .fields = {{"NAME", "name"}},
                   .show = show_change}),
      remote_verb({.path = "key list",
                   .summary = "The keys of this agency, and until when they are valid",
                   .example = "comity key list",
                   .options = {},
                   .command = "key/list",
                   .fields = {},
                   .show = show_keys,
                   .rows = "keys"}),
      remote_verb({.path = "quarantine list",
                   .summary = "Bodies that are held back, and why",
                   .example = "comity quarantine list",
                   .options = {},
                   .command = "quarantine/list",
                   .fields = {},
                   .show = show_quarantine,
                   .rows = "entries"}),
      remote_verb({.path = "quarantine release",
                   .summary = "Let a body that was held back count from now on",
                   .example = "comity quarantine release ID",
                   .options = {{"ID", {}, "The entry", true}},
                   .command = "quarantine/release",
                   .fields = {{"ID", "id"}},
                   .show =
                       [](Context& context, const json::object& answer) {
                         context.output.text(fmt::format("{} counts from now on\n", text_in(answer, "id")));
                       }}),
      {"doctor",
       "Check this node from the settings to its peers, with a remedy for each failure",
       "comity doctor",
       {},
       doctor},
  };
}

}  // namespace comity::cli
