// SPDX-License-Identifier: EUPL-1.2
// comity update, follow, unfollow, following, timeline.
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;

void show_follow(Context& context, const json::object& answer) {
  const bool follows = text_in(answer, "follows") == "true";
  const std::string what = text_in(answer, answer.contains("space") ? "space" : "person");
  context.output.text(fmt::format("{}: {}\n", safe_text(what), follows ? "followed" : "not followed"));
}

void show_people(Context& context, const json::object& answer) {
  for (const json::value& row : list_in(answer, "people")) {
    if (!row.is_object()) continue;
    const json::object& card = row.get_object();
    context.output.text(fmt::format("{:<28} {:<24} {}\n", safe_text(text_in(card, "person")),
                                    safe_text(text_in(card, "name")), safe_text(text_in(card, "unit"))));
  }
}

/// What stands in a line for people: the title, or how the text begins.
std::string headline(const json::object& row) {
  if (text_in(row, "withdrawn") == "true") return "[withdrawn]";
  const std::string title = text_in(row, "title");
  const std::string text = title.empty() || title == "-" ? text_in(row, "text") : title;
  return safe_text(text.substr(0, text.find('\n')));
}

void show_timeline(Context& context, const json::object& answer) {
  if (list_in(answer, "entries").empty())
    context.output.note(
        "Nothing here. comity space suggest names spaces to follow, comity people search finds people.");
  for (const json::value& each : list_in(answer, "entries")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    context.output.text(fmt::format("{}  {:<7} {:<20} {:<16} {}\n  {}\n", text_in(row, "time"),
                                    text_in(row, "kind"), safe_text(text_in(row, "author")),
                                    safe_text(text_in(row, "space")), text_in(row, "id"), headline(row)));
  }
}

Verb follow_verb(const std::string& word, const std::string& summary) {
  return remote_verb(
      {.path = word,
       .summary = summary,
       .example = "comity " + word + " maria@health --as jo",
       .options = {{"WHO", {}, "maria@health, or a space; space:NAME if both are called so", true},
                   {"--as", "PERSON", "Who follows", true}},
       .command = word,
       .fields = {{"WHO", "who"}, {"--as", "as"}},
       .show = show_follow});
}

}  // namespace

std::vector<Verb> timeline_verbs() {
  return {
      remote_verb(
          {.path = "update",
           .summary = "Tell in a few words what one is at: all of one's own staff, or a space",
           .example = "comity update --as maria --audience hr-forum --text \"Travel rules are out\"",
           .options = {{"--as", "PERSON", "Who writes", true},
                       {"--audience", "WHERE", "inside (default): staff of this agency; or a space"},
                       {"--text", "TEXT", "The text, CommonMark, at most 8192 bytes"},
                       {"--text-file", "FILE", "The same from a file, - for standard input"},
                       {"--label", "LABEL", "As for post"}},
           .command = "update",
           .fields = {{"--as", "as"},
                      {"--audience", "audience"},
                      {"--text", "text"},
                      {"--text-file", "text", As::kFileText},
                      {"--label", "label"}},
           .show = [](Context& context,
                      const json::object& answer) { context.output.text(text_in(answer, "id") + "\n"); }}),
      follow_verb("follow", "See what a person writes, or what is new in a space, in one's timeline"),
      follow_verb("unfollow", "Follow a person or a space no longer"),
      remote_verb({.path = "following",
                   .summary = "Whom one follows; the spaces are in space list --followed",
                   .example = "comity following --as jo",
                   .options = {{"--as", "PERSON", "Who follows", true}},
                   .command = "following",
                   .fields = {{"--as", "as"}},
                   .show = show_people,
                   .rows = "people"}),
      remote_verb(
          {.path = "timeline",
           .summary = "Updates and new discussions of the people and spaces one follows, newest first",
           .example = "comity timeline --as jo --limit 20",
           .options = {{"--as", "PERSON", "Whose timeline", true}},
           .command = "timeline",
           .fields = {{"--as", "as"}},
           .show = show_timeline,
           .rows = "entries"}),
  };
}

}  // namespace comity::cli
