// SPDX-License-Identifier: EUPL-1.2
// comity edit, history, react, answered.
#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;

void show_id(Context& context, const json::object& answer) {
  context.output.text(text_in(answer, "id") + "\n");
}

void show_history(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "entries")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    const bool edited = text_in(row, "edited") == "true";
    context.output.text(fmt::format("{}  {}  {}\n", text_in(row, edited ? "edited_time" : "time"),
                                    text_in(row, "id"),
                                    edited ? safe_text(text_in(row, "edit_summary")) : "first version"));
    if (!text_in(row, "title").empty()) context.output.text(safe_text(text_in(row, "title")) + "\n");
    std::string_view rest;
    const std::string text = text_in(row, "withdrawn") == "true" ? tombstone(row) : text_in(row, "text");
    for (rest = text; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      context.output.text(safe_text(rest.substr(0, end)) + "\n");
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    context.output.text("\n");
  }
}

}  // namespace

std::vector<Verb> discussion_verbs() {
  const Option as{"--as", "PERSON", "Who writes", true};
  return {
      remote_verb(
          {.path = "edit",
           .summary = "Put another version of one's own entry in its place; earlier ones stay readable",
           .example = "comity edit ID --as maria --text \"Yes, from May\" --summary \"the month\"",
           .options = {{"ID", {}, "The entry", true},
                       as,
                       {"--title", "TITLE", "Another title"},
                       {"--text", "TEXT", "The whole new text, CommonMark"},
                       {"--text-file", "FILE", "The same from a file, - for standard input"},
                       {"--tag", "TAG", "In place of all tags; may stand several times", false, true},
                       {"--no-tags", {}, "Take all tags away"},
                       {"--summary", "TEXT", "What was changed and why, on one line"}},
           .command = "edit",
           .fields = {{"ID", "id"},
                      {"--as", "as"},
                      {"--title", "title"},
                      {"--text", "text"},
                      {"--text-file", "text", As::kFileText},
                      {"--tag", "tags", As::kAll},
                      {"--no-tags", "no_tags", As::kFlag},
                      {"--summary", "summary"}},
           .show = show_id}),
      remote_verb({.path = "history",
                   .summary = "All versions of an entry, the newest first",
                   .example = "comity history ID --as maria",
                   .options = {{"ID", {}, "The entry", true},
                               {"--as", "PERSON", "With whose eyes; default: the operator's"}},
                   .command = "history",
                   .fields = {{"ID", "id"}, {"--as", "as"}},
                   .show = show_history,
                   .rows = "entries"}),
      remote_verb({.path = "react",
                   .summary = "React to an entry: like, thanks, agree, disagree or celebrate",
                   .example = "comity react ID like --as jo",
                   .options = {{"ID", {}, "The entry", true},
                               {"KIND", {}, "like, thanks, agree, disagree or celebrate", true},
                               as,
                               {"--undo", {}, "Take it back"}},
                   .command = "react",
                   .fields = {{"ID", "id"}, {"KIND", "kind"}, {"--as", "as"}, {"--undo", "undo", As::kFlag}},
                   .show = show_id}),
      remote_verb({.path = "answered",
                   .summary = "Mark a reply as the answer, in a discussion that one began",
                   .example = "comity answered ID --as maria",
                   .options = {{"ID", {}, "The reply", true}, as, {"--undo", {}, "Take the mark back"}},
                   .command = "answered",
                   .fields = {{"ID", "id"}, {"--as", "as"}, {"--undo", "undo", As::kFlag}},
                   .show = show_id}),
  };
}

}  // namespace comity::cli
