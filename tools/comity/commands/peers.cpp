// SPDX-License-Identifier: EUPL-1.2
// comity peer: from the first invitation to the end of an agreement.
#include <fmt/format.h>

#include "proto/bounds.h"
#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

std::string joined(const json::array& texts) {
  std::string out;
  for (const json::value& each : texts)
    out += (out.empty() ? "" : ", ") + (each.is_string() ? std::string(each.get_string()) : std::string());
  return out.empty() ? "nowhere: this node only dials out" : out;
}

Option name_option(const std::string& help = "Our name for the other agency") {
  return {"NAME", {}, help, true};
}

void show_peer(Context& context, const json::object& peer) {
  std::vector<std::pair<std::string, std::string>> rows{
      {"peer", text_in(peer, "name")},
      {"agency id", text_in(peer, "agency_id")},
      {"words", text_in(peer, "words")},
      {"legal name", text_in(peer, "legal_name")},
      {"state", text_in(peer, "state")},
      {"connected", text_in(peer, "connected")},
      {"agreement", text_in(peer, "agreement")},
      {"until", text_in(peer, "ends")},
      {"lag", text_in(peer, "lag_entries") + " entries of theirs that we lack"},
      {"outbox", text_in(peer, "outbox_entries") + " entries of ours that they lack"},
      {"lag because", text_in(peer, "lag_reason")},
      {"outbox because", text_in(peer, "outbox_reason")},
      {"last seen", text_in(peer, "last_seen")},
      {"last error", text_in(peer, "last_error")},
  };
  for (const json::value& claim : list_in(peer, "claims")) {
    if (claim.is_object()) rows.emplace_back("claimed by", text_in(claim.get_object(), "words"));
  }
  context.output.fields(rows);
}

void show_list(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "peers")) {
    if (!row.is_object()) continue;
    const json::object& peer = row.get_object();
    context.output.text(fmt::format(
        "{:<16} {:<10} {:<12} lag {:<6} outbox {:<6} {}\n", text_in(peer, "name"), text_in(peer, "state"),
        text_in(peer, "connected") == "true" ? "connected" : "offline", number_in(peer, "lag_entries"),
        number_in(peer, "outbox_entries"), safe_text(text_in(peer, "last_error"))));
  }
}

void show_words(Context& context, const json::object& answer) {
  const std::string name = text_in(answer, "name");
  context.output.text(
      fmt::format("State {}: no content is exchanged yet.\n"
                  "Phone the other operator on a number that you had before, not one from this invitation.\n"
                  "  You read:  {}\n"
                  "  Then type what they read:  comity peer verify {}\n",
                  text_in(answer, "state"), text_in(answer, "own_words"), safe_text(name)));
}

Result<int> invite(Context& context, const Arguments& arguments) {
  COMITY_TRY(const json::object asked, arguments_of({{"--name", "name"},
                                                     {"--valid", "valid", As::kSeconds},
                                                     {"--agreement", "agreement", As::kFileText}},
                                                    arguments));
  COMITY_TRY(const json::object answer, call_object(context, "peer/invite", asked));
  const std::string file = *arguments.find("--out");
  const proto::Status written = write_private(context, file, text_in(answer, "invite"));
  if (!written.ok()) {
    // The node has it on record already: without the text nobody can ever use it.
    (void)call_object(context, "peer/abort", {{"name", text_in(answer, "name")}});
    return written.error();
  }
  if (context.output.json()) {
    json::object shown = answer;
    shown.erase("invite");
    context.output.document(shown);
    return kDone;
  }
  if (file == "-") return kDone;
  context.output.fields({{"invitation for", text_in(answer, "name")},
                         {"one use, until", text_in(answer, "expires")},
                         {"we are", text_in(answer, "legal_name")},
                         {"dial", joined(list_in(answer, "endpoints"))},
                         {"offers", text_in(answer, "agreement")},
                         {"written to", file}});
  context.output.text(
      "Send the file any way you like; it opens nothing by itself.\n"
      "Next: they run  comity peer accept FILE --name OUR-NAME\n");
  return kDone;
}

Result<int> accept(Context& context, const Arguments& arguments) {
  COMITY_TRY(const std::string text, read_text(*arguments.find("FILE"), proto::bounds::kArmourTextBytes));
  const json::object asked{{"invite", text}, {"name", *arguments.find("--name")}};
  COMITY_TRY(const json::object answer, call_object(context, "peer/accept", asked));
  if (context.output.json()) {
    context.output.document(answer);
  } else {
    show_words(context, answer);
  }
  return kDone;
}

Result<int> verify(Context& context, const Arguments& arguments) {
  const std::string name = *arguments.find("NAME");
  auto words = arguments.find("--words");
  if (!words) {
    COMITY_TRY(words,
               ask("The eight words that the other operator reads (four letters of each are enough): "));
  }
  COMITY_TRY(const json::object answer,
             call_object(context, "peer/verify", {{"name", name}, {"words", *words}}));
  if (context.output.json()) {
    context.output.document(answer);
  } else {
    context.output.text(fmt::format(
        "The words are right. State {}.{}\n", text_in(answer, "state"),
        text_in(answer, "state") == "ACTIVE" ? "" : " Content flows once they have typed yours as well."));
  }
  return kDone;
}

void show_state(Context& context, const json::object& answer) {
  context.output.text(
      fmt::format("{} is {}{}\n", safe_text(text_in(answer, "name")), text_in(answer, "state"),
                  text_in(answer, "until") == "-" ? "" : " until " + text_in(answer, "until")));
}

Verb step(const std::string& word, const std::string& summary, bool destructive,
          std::vector<Option> more = {}, std::vector<Field> fields = {}) {
  std::vector<Option> options{name_option()};
  options.insert(options.end(), more.begin(), more.end());
  fields.push_back({"NAME", "name"});
  return remote_verb({.path = "peer " + word,
                      .summary = summary,
                      .example = "comity peer " + word + " finance",
                      .options = std::move(options),
                      .command = "peer/" + word,
                      .fields = std::move(fields),
                      .show = show_state,
                      .confirm = destructive ? "NAME" : ""});
}

}  // namespace

std::vector<Verb> peer_verbs() {
  const Option reason{"--reason", "TEXT", "Words for the other operator"};
  return {
      {"peer invite",
       "Invite another agency: writes a file that works once",
       "comity peer invite --name finance --valid 72h --out finance.invite",
       {{"--name", "NAME", "Our name for them", true},
        {"--valid", "SPAN", "How long it can be used (default 72h)"},
        {"--agreement", "FILE", "What is offered (default: comity agreement new)"},
        {"--out", "FILE", "Where to write it, - for standard output", true}},
       invite},
      {"peer accept",
       "Take an invitation up",
       "comity peer accept finance.invite --name health",
       {{"FILE", {}, "The invitation, - for standard input", true},
        {"--name", "NAME", "Our name for them", true}},
       accept},
      {"peer verify",
       "Type the words of the other agency, heard by telephone",
       "comity peer verify finance --words \"acor basi cobr delt embe fjor gala hemp\"",
       {name_option(), {"--words", "WORDS", "Their eight words; asked for when absent"}},
       verify},
      remote_verb({.path = "peer list",
                   .summary = "All peers and how they are",
                   .example = "comity peer list --json",
                   .options = {},
                   .command = "peer/list",
                   .fields = {},
                   .show = show_list,
                   .rows = "peers"}),
      remote_verb({.path = "peer show",
                   .summary = "One peer: state, agreement, what waits",
                   .example = "comity peer show finance",
                   .options = {name_option()},
                   .command = "peer/show",
                   .fields = {{"NAME", "name"}},
                   .show = show_peer}),
      step("suspend", "Stop the exchange for a while; both keep what waits", false,
           {{"--for", "SPAN", "Resume by itself after this"}, reason},
           {{"--for", "for", As::kSeconds}, {"--reason", "reason"}}),
      step("resume", "End a suspension", false),
      step("retry", "Dial now instead of waiting", false),
      step("heal", "Go on after a fork, once both operators have talked", true),
      step("abort", "Give a pairing up", true),
      step("revoke", "End the relation: no content flows any more", true, {reason}, {{"--reason", "reason"}}),
  };
}

}  // namespace comity::cli
