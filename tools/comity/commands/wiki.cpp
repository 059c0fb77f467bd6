// SPDX-License-Identifier: EUPL-1.2
// comity wiki: pages that several agencies write together.
#include <algorithm>

#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;

std::string short_id(std::string_view id) {
  return std::string(id.substr(0, 8));
}

void show_lines(Context& context, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    context.output.text(safe_text(text.substr(0, end)) + "\n");
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

/// The sides of a conflict between marks, as people know them from elsewhere. No page is saved with them.
void show_conflict(Context& context, const json::array& sides) {
  const char* mark = "<<<<<<< ";
  for (const json::value& side : sides) {
    if (!side.is_object()) continue;
    std::string heads;
    for (const json::value& id : list_in(side.get_object(), "revisions"))
      heads += (heads.empty() ? "" : " ") + (id.is_string() ? short_id(id.get_string()) : std::string());
    context.output.text(mark + heads + "\n");
    show_lines(context, text_in(side.get_object(), "text"));
    mark = "======= ";
  }
  context.output.text(">>>>>>> \n");
}

void show_stamps(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "stamps")) {
    if (!each.is_object()) continue;
    const json::object& stamp = each.get_object();
    const bool valid = text_in(stamp, "valid") == "true";
    context.output.note(
        fmt::format("{} by {} ({}){}{}", text_in(stamp, "kind"), safe_text(text_in(stamp, "agency")),
                    safe_text(text_in(stamp, "person")), valid ? "" : ", void since the next edit",
                    text_in(stamp, "note").empty() ? "" : ": " + safe_text(text_in(stamp, "note"))));
  }
}

void show_page(Context& context, const json::object& answer) {
  const json::array& blocks = list_in(answer, "blocks");
  if (blocks.empty()) show_lines(context, text_in(answer, "text"));
  for (const json::value& block : blocks) {
    if (!block.is_object()) continue;
    if (block.get_object().contains("conflict")) {
      show_conflict(context, list_in(block.get_object(), "conflict"));
    } else {
      show_lines(context, text_in(block.get_object(), "text"));
    }
  }
  const std::string address = text_in(answer, "address");
  if (address != text_in(answer, "asked") && !address.empty())
    context.output.note("the page stands at " + safe_text(address));
  if (text_in(answer, "needs_merge") == "true")
    context.output.note(fmt::format("needs merge: {} newest revisions; see comity wiki merge --help",
                                    list_in(answer, "heads").size()));
  if (!list_in(answer, "unseen_parents").empty())
    context.output.note("an earlier revision has not arrived yet");
  show_stamps(context, answer);
}

void show_log(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "entries")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    const bool withdrawn = text_in(row, "withdrawn") == "true";
    std::string marks = text_in(row, "head") == "true" ? "  newest" : "";
    for (const json::value& stamp : list_in(row, "stamps")) {
      if (stamp.is_object())
        marks += "  " + text_in(stamp.get_object(), "kind") + " by " +
                 safe_text(text_in(stamp.get_object(), "agency")) +
                 (text_in(stamp.get_object(), "valid") == "true" ? "" : " (void)");
    }
    const std::size_t unseen = list_in(row, "unseen_parents").size();
    if (unseen > 0) marks += fmt::format("  {} earlier not here yet", unseen);
    context.output.text(fmt::format("{}  {:<20} {}{}\n  {}  {}\n", text_in(row, "time"),
                                    safe_text(text_in(row, "author")), text_in(row, "id"), marks,
                                    safe_text(text_in(row, "path")),
                                    withdrawn ? tombstone(row) : safe_text(text_in(row, "summary"))));
  }
}

void show_pages(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "pages")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    context.output.text(fmt::format("{:<32} {:<20} {}  {}{}\n", safe_text(text_in(row, "address")),
                                    safe_text(text_in(row, "author")), text_in(row, "time"),
                                    safe_text(text_in(row, "title")),
                                    number_in(row, "heads") > 1 ? "  (several versions)" : ""));
  }
}

void show_headings(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "headings")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    const std::size_t level = std::clamp<std::size_t>(number_in(row, "level"), 1, 6);
    context.output.text(fmt::format("{}{}  #{}\n", std::string(2 * (level - 1), ' '),
                                    safe_text(text_in(row, "title")), safe_text(text_in(row, "anchor"))));
  }
}

void show_diff(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "hunks")) {
    if (!each.is_object()) continue;
    const json::object& hunk = each.get_object();
    context.output.text(fmt::format("@@ -{},{} +{},{} @@\n", number_in(hunk, "old_line"),
                                    number_in(hunk, "old_count"), number_in(hunk, "new_line"),
                                    number_in(hunk, "new_count")));
    for (const json::value& line : list_in(hunk, "lines"))
      context.output.text(safe_text(line.is_string() ? std::string(line.get_string()) : "") + "\n");
  }
}

void show_id(Context& context, const json::object& answer) {
  context.output.text(text_in(answer, "id") + "\n");
}

const Option& page_option() {
  static const Option option{
      "PAGE", {}, "SPACE/PAGE: its path, path@agency, or the id of a revision of it", true};
  return option;
}

Verb reads(const std::string& word, const std::string& summary, const std::string& example, Show show,
           std::vector<Option> more = {}, std::vector<Field> fields = {}, std::string rows = {}) {
  std::vector<Option> options{page_option()};
  options.insert(options.end(), more.begin(), more.end());
  options.push_back({"--as", "PERSON", "With whose eyes; default: the operator's"});
  fields.push_back({"PAGE", "page"});
  fields.push_back({"--as", "as"});
  return remote_verb({.path = "wiki " + word,
                      .summary = summary,
                      .example = "comity wiki " + example,
                      .options = std::move(options),
                      .command = "wiki/" + word,
                      .fields = std::move(fields),
                      .show = std::move(show),
                      .rows = std::move(rows)});
}

Verb writes(const std::string& word, const std::string& summary, const std::string& example,
            std::vector<Option> more, std::vector<Field> fields) {
  std::vector<Option> options{page_option()};
  options.insert(options.end(), more.begin(), more.end());
  options.push_back({"--as", "PERSON", "Who writes", true});
  fields.push_back({"PAGE", "page"});
  fields.push_back({"--as", "as"});
  return remote_verb({.path = "wiki " + word,
                      .summary = summary,
                      .example = "comity wiki " + example,
                      .options = std::move(options),
                      .command = "wiki/" + word,
                      .fields = std::move(fields),
                      .show = show_id});
}

}  // namespace

std::vector<Verb> wiki_verbs() {
  const Option text{"--text", "TEXT", "The whole text, CommonMark; [[path]] links to a page"};
  const Option file{"--text-file", "FILE", "The same from a file, - for standard input"};
  const Option summary{"--summary", "TEXT", "What is changed and why, on one line"};
  const Option title{"--title", "TITLE", "Title on one line (default: as it is)"};
  const Option base{"--base", "REVS",
                    "Refuse unless these, between commas, are the newest: what the text was made from"};
  const Option label{"--label", "LABEL", "Default: that of the page; as for post when it begins one"};
  const std::vector<Field> written{
      {"--text", "text"},   {"--text-file", "text", As::kFileText}, {"--summary", "summary"},
      {"--title", "title"}, {"--base", "base", As::kList},          {"--label", "label"}};
  return {
      writes("put", "Write a page: its next revision, or its first one",
             "put budget/travel/rules --as maria --text-file rules.md --summary \"By train first\"",
             {text, file, title, summary, base, label}, written),
      reads("get", "The text of a page; several versions are folded, what contradicts is shown side by side",
            "get budget/travel/rules --as jo", show_page,
            {{"--rev", "REV", "One revision alone instead of the newest"}}, {{"--rev", "rev"}}),
      reads("log", "The history of a page, newest first", "log budget/travel/rules --limit 20", show_log, {},
            {}, "entries"),
      reads("diff", "What changed from one revision of a page to another", "diff budget/travel/rules REV REV",
            show_diff, {{"A", {}, "The older revision", true}, {"B", {}, "The newer one", true}},
            {{"A", "a"}, {"B", "b"}}),
      remote_verb({.path = "wiki list",
                   .summary = "The pages of a space by path",
                   .example = "comity wiki list budget --as jo",
                   .options = {{"SPACE", {}, "The space", true},
                               {"--as", "PERSON", "With whose eyes; default: the operator's"}},
                   .command = "wiki/list",
                   .fields = {{"SPACE", "space"}, {"--as", "as"}},
                   .show = show_pages,
                   .rows = "pages"}),
      writes("merge", "Make one revision of all newest ones; where they contradict, with the text that holds",
             "merge budget/travel/rules --as maria --text-file merged.md",
             {text, file, title, summary, base, label}, written),
      writes("rename", "Give a page another path; the older one leads to it",
             "rename budget/travel/rules travel/how --as maria",
             {{"PATH", {}, "The new path within the space", true}, title, summary},
             {{"PATH", "to"}, {"--title", "title"}, {"--summary", "summary"}}),
      writes("restore", "Make the text of an older revision the newest again",
             "restore budget/travel/rules REV --as maria", {{"REV", {}, "The revision", true}, summary},
             {{"REV", "rev"}, {"--summary", "summary"}}),
      reads("backlinks", "The pages that link to a page", "backlinks budget/travel/rules", show_pages, {}, {},
            "pages"),
      writes("stamp", "Say for one's agency that it agrees with exactly this text; the next edit voids it",
             "stamp budget/travel/rules --as maria --note \"Board of 3 March\"",
             {{"--rev", "REV", "The revision meant (default: the newest; refused if it is not)"},
              {"--note", "TEXT", "Words to it"},
              {"--object", {}, "The agency objects"},
              {"--undo", {}, "Take the agency's word back"}},
             {{"--rev", "rev"},
              {"--note", "note"},
              {"--object", "object", As::kFlag},
              {"--undo", "undo", As::kFlag}}),
      reads("toc", "The headings of a page", "toc budget/travel/rules", show_headings),
  };
}

}  // namespace comity::cli
