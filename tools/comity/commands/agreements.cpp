// SPDX-License-Identifier: EUPL-1.2
// comity agreement: what was agreed with a peer.
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
          {"--agreement", "FILE", "The whole new text: edit what comity agreement show prints", true}};
}

std::vector<Field> change_fields() {
  return {{"NAME", "name"}, {"--agreement", "agreement", As::kFileText}};
}

void show_change(Context& context, const json::object& answer) {
  context.output.text(
      fmt::format("{}: {}\n", safe_text(text_in(answer, "name")), safe_text(text_in(answer, "state"))));
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
                   .example = "comity agreement narrow finance --agreement narrower.agreement",
                   .options = change_options(),
                   .command = "agreement/narrow",
                   .fields = change_fields(),
                   .show = show_change}),
      remote_verb({.path = "agreement widen",
                   .summary = "Propose to allow more; it counts when the other side signs",
                   .example = "comity agreement widen finance --agreement wider.agreement",
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
  };
}

}  // namespace comity::cli
