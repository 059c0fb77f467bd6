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

std::string words_in(const json::object& answer, std::string_view key) {
  const json::value* const flow = answer.if_contains(key);
  return flow != nullptr && flow->is_object() ? text_in(flow->get_object(), "words") : "nothing";
}

void show_proposal(Context& context, const json::object& answer, std::string_view key,
                   std::string_view said) {
  const json::value* const proposal = answer.if_contains(key);
  if (proposal == nullptr || !proposal->is_object()) return;
  const json::object& shown = proposal->get_object();
  context.output.text(fmt::format("{} ({}):\n", said, text_in(shown, "digest")));
  for (const json::value& change : list_in(shown, "changes"))
    if (change.is_string())
      context.output.text(fmt::format("  {}\n", safe_text(std::string(change.get_string()))));
}

void show_words(Context& context, const json::object& answer) {
  const std::string name = text_in(answer, "name");
  const std::string history = text_in(answer, "history");
  context.output.fields({
      {"agreement", fmt::format("{} {}", text_in(answer, "title"), text_in(answer, "digest"))},
      {"state", text_in(answer, "state")},
      {"we send", words_in(answer, "we_send")},
      {"they send", words_in(answer, "they_send")},
      {"history", history == "all"     ? "everything written before"
                  : history == "since" ? "what was written since " + text_in(answer, "history_since")
                                       : "nothing written before joining"},
      {"until", fmt::format("{} ({} days left)", text_in(answer, "ends"), number_in(answer, "days_left"))},
      {"afterwards", number_in(answer, "keep_days") == 0
                         ? "nothing is asked about what was received"
                         : fmt::format("keep what was received for {} days", number_in(answer, "keep_days"))},
      {"contact", text_in(answer, "contact").empty() ? "-" : text_in(answer, "contact")},
  });
  show_proposal(context, answer, "proposed_by_us", "We have proposed; it counts when they sign");
  show_proposal(context, answer, "proposed_by_them", "They have proposed; it counts when you sign");
  const std::string waits = text_in(answer, "waits_for");
  if (waits == "ours")
    context.output.text(fmt::format("Waits for our signature:  comity agreement sign {}\n", safe_text(name)));
  if (waits == "theirs") context.output.text(fmt::format("Waits for their signature.\n"));
}

Result<int> show(Context& context, const Arguments& arguments) {
  COMITY_TRY(const json::object answer,
             call_object(context, "agreement/show", {{"name", *arguments.find("NAME")}}));
  if (const auto file = arguments.find("--out")) {
    COMITY_CHECK(write_private(context, *file, text_in(answer, "text")));
    if (*file != "-") {
      context.output.text(
          fmt::format("Edit {0}, then: comity agreement narrow {1} --agreement {0}  or  widen\n", *file,
                      safe_text(text_in(answer, "name"))));
    }
  } else if (context.output.json()) {
    context.output.document(answer);
  } else {
    show_words(context, answer);
  }
  return kDone;
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
          {"--add-space", "SLUG", "One more space, or the start of slugs and a star", false, true},
          {"--remove-space", "SLUG", "One space less, as the agreement writes it", false, true},
          {"--ceiling", "LABEL", "Highest label: CLEAR, GREEN, AMBER, AMBER+STRICT or RED"},
          {"--direction", "WORD", "both, send (we to them alone) or receive"},
          {"--ends", "DATE", "Last moment: 2027-11-30 (its beginning, UTC) or 2027-11-30T10:00:00Z"},
          {"--bytes-per-day", "N", "Most bytes a day in each direction; 0 is no limit"},
          {"--entries-per-day", "N", "Most entries a day, likewise"},
          {"--feeds-per-day", "N", "Most new feeds a day, likewise"},
          {"--keep-days", "N", "Days for which what was received is kept after the end; 0 asks nothing"},
          {"--agreement", "FILE",
           "The whole new text in place of all these: comity agreement show NAME --out FILE"}};
}

std::vector<Field> change_fields() {
  return {{"NAME", "name"},
          {"--add-space", "add_spaces", As::kAll},
          {"--remove-space", "remove_spaces", As::kAll},
          {"--ceiling", "ceiling"},
          {"--direction", "direction"},
          {"--ends", "ends"},
          {"--bytes-per-day", "bytes_per_day", As::kNumber},
          {"--entries-per-day", "entries_per_day", As::kNumber},
          {"--feeds-per-day", "feeds_per_day", As::kNumber},
          {"--keep-days", "keep_days", As::kNumber},
          {"--agreement", "agreement", As::kFileText}};
}

Show say(const std::string& text) {
  return [text](Context& context, const json::object& answer) {
    context.output.text(fmt::format("{}: {} State {}.\n", safe_text(text_in(answer, "name")), text,
                                    text_in(answer, "state")));
  };
}

}  // namespace

std::vector<Verb> agreement_verbs() {
  return {
      {"agreement show",
       "What is agreed with a peer: who sends what, up to which label, until when, and what waits for a "
       "signature",
       "comity agreement show finance",
       {{"NAME", {}, "The peer", true},
        {"--out", "FILE", "Write the text to a new file for editing; - for standard output"}},
       show},
      {"agreement new",
       "Write the usual agreement as a file to edit",
       "comity agreement new --out hr.agreement",
       {{"--out", "FILE", "Where to write it, - for standard output", true}},
       fresh},
      remote_verb({.path = "agreement narrow",
                   .summary = "Allow less, at once and without the other side",
                   .example = "comity agreement narrow finance --ceiling GREEN --remove-space hr/pay",
                   .options = change_options(),
                   .command = "agreement/narrow",
                   .fields = change_fields(),
                   .show = say("narrowed; it is in force here, and there as soon as they hear of it.")}),
      remote_verb({.path = "agreement widen",
                   .summary = "Propose to allow more; it counts when the other side signs",
                   .example = "comity agreement widen finance --add-space 'travel-*' --ends 2027-11-30",
                   .options = change_options(),
                   .command = "agreement/widen",
                   .fields = change_fields(),
                   .show = say("proposed; it counts when they sign (comity agreement sign, there).")}),
      remote_verb({.path = "agreement sign",
                   .summary = "Sign what the other side has proposed",
                   .example = "comity agreement sign finance",
                   .options = {{"NAME", {}, "The peer", true}},
                   .command = "agreement/sign",
                   .fields = {{"NAME", "name"}},
                   .show = say("signed; it is in force.")}),
  };
}

}  // namespace comity::cli
