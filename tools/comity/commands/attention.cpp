// SPDX-License-Identifier: EUPL-1.2
// comity read, unread, watch, notifications.
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Result;

void show_unread(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "spaces")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    context.output.text(fmt::format("{:>7}  {:<24} {:<9} {}\n", number_in(row, "unread"),
                                    safe_text(text_in(row, "space")), text_in(row, "level"),
                                    safe_text(text_in(row, "title"))));
  }
}

void show_level(Context& context, const json::object& answer) {
  const bool discussion = text_in(answer, "discussion") == "true";
  context.output.text(fmt::format("{}{}: {}\n", discussion ? "a discussion in " : "",
                                  safe_text(text_in(answer, "space")), text_in(answer, "level")));
}

void show_notifications(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "entries")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    const std::string title = text_in(row, "title");
    const std::string text = title.empty() || title == "-" ? text_in(row, "text") : title;
    context.output.text(fmt::format(
        "{} {}  {:<8} {:<20} {:<16} {}\n  {}\n", text_in(row, "unread") == "true" ? "*" : " ",
        text_in(row, "time"), text_in(row, "reason"), safe_text(text_in(row, "author")),
        safe_text(text_in(row, "space")), text_in(row, "id"), safe_text(text.substr(0, text.find('\n')))));
  }
}

/// The same verb, and a command of the node once everything is printed, when `flag` was given.
Verb with_mark(Verb verb, const std::string& command, std::vector<Field> fields) {
  verb.options.push_back({"--mark-read", {}, "Then note all of it as read"});
  verb.run = [run = std::move(verb.run), command, fields = std::move(fields)](
                 Context& context, const Arguments& arguments) -> Result<int> {
    COMITY_TRY(const int done, run(context, arguments));
    if (!arguments.has("--mark-read")) return done;
    COMITY_TRY(const json::object asked, arguments_of(fields, arguments));
    COMITY_CHECK(call_object(context, command, asked));
    return done;
  };
  return verb;
}

}  // namespace

Verb with_mark_read(Verb thread) {
  return with_mark(std::move(thread), "read", {{"ID", "what"}, {"--as", "as"}});
}

std::vector<Verb> attention_verbs() {
  const Option as{"--as", "PERSON", "Who reads", true};
  return {
      remote_verb({.path = "read",
                   .summary = "Note a discussion, or all of a space, as read up to now",
                   .example = "comity read ID --as jo",
                   .options = {{"WHAT", {}, "Any entry of the discussion, or a space", true}, as},
                   .command = "read",
                   .fields = {{"WHAT", "what"}, {"--as", "as"}},
                   .show = [](Context&, const json::object&) {}}),
      remote_verb({.path = "unread",
                   .summary = "How much somebody has not read, space by space",
                   .example = "comity unread --as jo",
                   .options = {as},
                   .command = "unread",
                   .fields = {{"--as", "as"}},
                   .show = show_unread}),
      remote_verb({.path = "watch",
                   .summary = "Be told of more or less: muted, mentions, normal or watching",
                   .example = "comity watch hr-forum --level watching --as jo",
                   .options = {{"WHAT", {}, "A space, or any entry of a discussion", true},
                               {"--level", "LEVEL",
                                "muted, mentions, normal or watching; without it: what it is now"},
                               as},
                   .command = "watch",
                   .fields = {{"WHAT", "what"}, {"--level", "level"}, {"--as", "as"}},
                   .show = show_level}),
      with_mark(remote_verb({.path = "notifications",
                             .summary = "What somebody is told of, the newest first",
                             .example = "comity notifications --as jo --unread",
                             .options = {as, {"--unread", {}, "Only what was not seen or read"}},
                             .command = "notifications",
                             .fields = {{"--as", "as"}, {"--unread", "unread", As::kFlag}},
                             .show = show_notifications,
                             .rows = "entries"}),
                "notifications/seen", {{"--as", "as"}}),
  };
}

}  // namespace comity::cli
