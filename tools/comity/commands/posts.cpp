// SPDX-License-Identifier: EUPL-1.2
// comity post, reply, withdraw, list, show, thread, events.
#include <fstream>
#include <iostream>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "node/api/client.h"
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

// One request of a batch: enough to share a write, small enough to answer soon.
constexpr std::size_t kBatchPosts = 256;
constexpr std::size_t kBatchBytes = proto::bounds::kRequestBytes / 2;

void show_id(Context& context, const json::object& answer) {
  context.output.text(text_in(answer, "id") + "\n");
}

bool is_true(const json::object& row, std::string_view key) {
  return text_in(row, key) == "true";
}

/// What became of an entry, in words: "edited 2026-…: summary · the answer · like 3".
std::string marks_of(const json::object& row) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : " · ") + text; };
  if (is_true(row, "edited")) {
    const std::string summary = safe_text(text_in(row, "edit_summary"));
    add("edited " + text_in(row, "edited_time") + (summary.empty() ? "" : ": " + summary));
  }
  if (is_true(row, "answered")) add("answered by " + text_in(row, "answer"));
  if (is_true(row, "is_answer")) add("the answer");
  if (is_true(row, "unread")) add("unread");
  if (const json::value* const delivery = row.if_contains("delivery"); delivery && delivery->is_object()) {
    const std::uint64_t have = number_in(delivery->get_object(), "have");
    const std::uint64_t of = number_in(delivery->get_object(), "of");
    if (have < of) add(fmt::format("{} of {} agencies have this", have, of));
  }
  for (const json::value& each : list_in(row, "reactions")) {
    if (each.is_object())
      add(fmt::format("{} {}", safe_text(text_in(each.get_object(), "kind")),
                      number_in(each.get_object(), "count")));
  }
  for (const json::value& tag : list_in(row, "tags")) {
    if (tag.is_string()) add("#" + safe_text(std::string(tag.get_string())));
  }
  return out;
}

void show_row(Context& context, const json::object& row, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  const bool withdrawn = text_in(row, "withdrawn") == "true";
  context.output.text(fmt::format("{}{}  {}  {}  {}\n", indent, text_in(row, "time"), text_in(row, "author"),
                                  text_in(row, "label"), text_in(row, "id")));
  if (text_in(row, "title") != "-" && !text_in(row, "title").empty())
    context.output.text(fmt::format("{}{}\n", indent, safe_text(text_in(row, "title"))));
  std::string_view rest;
  const std::string text = withdrawn ? tombstone(row) : text_in(row, "text");
  rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    context.output.text(fmt::format("{}{}\n", indent, safe_text(rest.substr(0, end))));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  const std::string marks = marks_of(row);
  if (!marks.empty()) context.output.text(fmt::format("{}[{}]\n", indent, marks));
  context.output.text("\n");
}

/// Of a withdrawn entry: which agencies have said what they did about it.
void show_receipts(Context& context, const json::object& row) {
  const json::value* const found = row.if_contains("receipts");
  if (found == nullptr || !found->is_object()) return;
  const json::object& receipts = found->get_object();
  context.output.text(fmt::format("{} of {} agencies confirmed\n", number_in(receipts, "confirmed"),
                                  number_in(receipts, "of")));
  for (const json::value& each : list_in(receipts, "agencies")) {
    if (!each.is_object()) continue;
    const json::object& agency = each.get_object();
    context.output.text(fmt::format("  {:<16} {}\n", safe_text(text_in(agency, "agency")),
                                    safe_text(text_in(agency, "outcome"))));
  }
}

/// Of an entry that is not at every agency yet: where it is missing, and why.
void show_delivery(Context& context, const json::object& row) {
  const json::value* const found = row.if_contains("delivery");
  if (found == nullptr || !found->is_object()) return;
  for (const json::value& each : list_in(found->get_object(), "waiting")) {
    if (!each.is_object()) continue;
    const json::object& agency = each.get_object();
    context.output.text(fmt::format("  {:<16} has not confirmed it: {}\n",
                                    safe_text(text_in(agency, "agency")),
                                    safe_text(text_in(agency, "reason"))));
  }
}

/// " (12, 3 unread)" behind a title.
std::string counts_of(const json::object& row) {
  if (number_in(row, "entries") == 0) return {};
  const std::uint64_t unread = number_in(row, "unread_entries");
  return fmt::format(" ({}{})", number_in(row, "entries"),
                     unread == 0 ? "" : fmt::format(", {} unread", unread));
}

void show_list(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "entries")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    std::string title = text_in(row, "title");
    // An update has none.
    if (title.empty()) title = text_in(row, "text");
    context.output.text(fmt::format("{}  {:<7} {:<20} {}  {}\n", text_in(row, "time"), text_in(row, "kind"),
                                    text_in(row, "author"), text_in(row, "id"),
                                    (is_true(row, "answered") ? "[answered] " : "") +
                                        safe_text(title.substr(0, title.find('\n'))) + counts_of(row)));
  }
}

void show_thread(Context& context, const json::object& answer) {
  for (const json::value& each : list_in(answer, "entries")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    show_row(context, row, number_in(row, "depth"));
  }
}

/// Reads posts, one JSON object a line, and hands them on in requests that share a write.
class Batch {
 public:
  Batch(Context& context, std::istream& in) : context_(context), client_(context.data_directory), in_(in) {}

  Result<int> run() {
    std::string line;
    while (std::getline(in_, line)) {
      ++number_;
      if (line.empty()) continue;
      if (!posts_.empty() && (posts_.size() == kBatchPosts || bytes_ + line.size() > kBatchBytes))
        COMITY_CHECK(send());
      boost::system::error_code failure;
      json::value post = json::parse(line, failure);
      if (failure || !post.is_object()) {
        COMITY_CHECK(send());
        return Error{Code::kBatchLine, fmt::format("line {}", number_)};
      }
      bytes_ += line.size();
      posts_.push_back(std::move(post));
      lines_.push_back(number_);
    }
    COMITY_CHECK(send());
    return failed_ == 0 ? kDone : kFailed;
  }

 private:
  proto::Status send() {
    if (posts_.empty()) return {};
    COMITY_TRY(const json::value answer,
               client_.call("post/batch", {{"posts", posts_}}, std::chrono::seconds(60)));
    if (!answer.is_object()) return Error{Code::kNodeBadAnswer, "no object"};
    std::size_t at = 0;
    for (const json::value& each : list_in(answer.get_object(), "results")) {
      if (!each.is_object() || at == lines_.size())
        return Error{Code::kNodeBadAnswer, "another number of results"};
      const json::object& result = each.get_object();
      if (result.contains("id")) {
        context_.output.text(text_in(result, "id") + "\n");
      } else {
        ++failed_;
        context_.output.note(fmt::format("line {}: {}: {} ({}). {}", lines_[at], text_in(result, "code"),
                                         text_in(result, "title"), text_in(result, "detail"),
                                         text_in(result, "next_step")));
        context_.output.text("-\n");
      }
      ++at;
    }
    posts_.clear();
    lines_.clear();
    bytes_ = 0;
    return {};
  }

  Context& context_;
  api::Client client_;
  std::istream& in_;
  json::array posts_;
  std::vector<std::size_t> lines_;
  std::size_t bytes_ = 0;
  std::size_t number_ = 0;
  std::size_t failed_ = 0;
};

Result<int> post(Context& context, const Arguments& arguments) {
  if (const auto file = arguments.find("--batch")) {
    if (*file == "-") return Batch(context, std::cin).run();
    std::ifstream in(*file, std::ios::binary);
    if (!in) return Error{Code::kFileUnusable, *file};
    return Batch(context, in).run();
  }
  COMITY_TRY(const json::object asked, arguments_of({{"--as", "as"},
                                                     {"--space", "space"},
                                                     {"--title", "title"},
                                                     {"--text", "text"},
                                                     {"--text-file", "text", As::kFileText},
                                                     {"--label", "label"},
                                                     {"--tag", "tags", As::kAll},
                                                     {"--question", "question", As::kFlag}},
                                                    arguments));
  COMITY_TRY(const json::object answer, call_object(context, "post", asked));
  if (context.output.json()) {
    context.output.document(answer);
  } else {
    show_id(context, answer);
  }
  return kDone;
}

/// Streams what becomes readable until the node or the person ends it.
Result<int> events(Context& context, const Arguments& arguments) {
  const api::Client client(context.data_directory);
  json::object asked{{"wait", 20}};
  if (const auto space = arguments.find("--space")) asked["space"] = *space;
  if (const auto after = arguments.find("--after")) asked["after"] = *after;
  if (const auto reader = arguments.find("--as")) asked["as"] = *reader;
  for (;;) {
    COMITY_TRY(const json::value answer, client.call("events", asked, std::chrono::seconds(60)));
    if (!answer.is_object()) return Error{Code::kNodeBadAnswer, "no object"};
    for (const json::value& row : list_in(answer.get_object(), "entries")) {
      if (row.is_object()) context.output.document(row.get_object());
    }
    COMITY_CHECK(context.output.finish());
    asked["after"] = text_in(answer.get_object(), "next");
    if (arguments.has("--once")) return kDone;
  }
}

Verb about_entry(const std::string& word, const std::string& summary, std::vector<Option> options,
                 std::vector<Field> fields, Show show) {
  options.insert(options.begin(), {"ID", {}, "The entry", true});
  fields.push_back({"ID", "id"});
  return remote_verb(
      {.path = word,
       .summary = summary,
       .example = "comity " + word + " ID" + (word == "reply" ? " --as maria --text \"Yes\"" : ""),
       .options = std::move(options),
       .command = word,
       .fields = std::move(fields),
       .show = std::move(show)});
}

}  // namespace

std::vector<Verb> post_verbs() {
  const Option as{"--as", "PERSON", "Who writes", true};
  const Option reader{"--as", "PERSON", "With whose eyes; default: the operator's"};
  return {
      {"post",
       "Begin a discussion in a space",
       "comity post --as maria --space hr-forum --title \"Travel rules\" --text \"Who has them?\"",
       {{"--as", "PERSON", "Who writes"},
        {"--space", "SLUG", "Where"},
        {"--title", "TITLE", "Title on one line"},
        {"--text", "TEXT", "The text, CommonMark"},
        {"--text-file", "FILE", "The same from a file, - for standard input"},
        {"--label", "LABEL", "CLEAR, GREEN, AMBER, AMBER+STRICT or RED (default: the space's ceiling)"},
        {"--tag", "TAG", "A tag; may stand several times", false, true},
        {"--question", {}, "It asks what a reply can answer"},
        {"--batch", "FILE", "Many posts, one JSON object a line; - for standard input"}},
       post},
      remote_verb({.path = "message",
                   .summary = "Write to people in private: only they can read it, at their agencies too",
                   .example = "comity message --as maria --to jo@finance,ada@justice --text \"Can we talk?\"",
                   .options = {as,
                               {"--to", "PERSONS", "Who is to read it, between commas: jo@finance,ann", true},
                               {"--title", "TITLE", "Title on one line; may be left out"},
                               {"--text", "TEXT", "The text, CommonMark"},
                               {"--text-file", "FILE", "The same from a file, - for standard input"},
                               {"--label", "LABEL", "Default: RED, or as far as the agreements admit"}},
                   .command = "message",
                   .fields = {{"--as", "as"},
                              {"--to", "to", As::kList},
                              {"--title", "title"},
                              {"--text", "text"},
                              {"--text-file", "text", As::kFileText},
                              {"--label", "label"}},
                   .show = show_id}),
      about_entry(
          "reply", "Answer an entry",
          {as,
           {"--text", "TEXT", "The text, CommonMark"},
           {"--text-file", "FILE", "The same from a file, - for standard input"},
           {"--quote", "ID", "Put an entry of the discussion in front, as a quotation with its author"},
           {"--label", "LABEL", "As for post"}},
          {{"--quote", "quote"},
           {"--as", "as"},
           {"--text", "text"},
           {"--text-file", "text", As::kFileText},
           {"--label", "label"}},
          show_id),
      about_entry("withdraw",
                  "Hide an entry of one's own at every agency that holds it; a moderator, others' too",
                  {as, {"--reason", "TEXT", "Why; everybody who could read it sees this"}},
                  {{"--as", "as"}, {"--reason", "reason"}}, show_id),
      about_entry("show", "One entry", {reader}, {{"--as", "as"}},
                  [](Context& context, const json::object& answer) {
                    show_row(context, answer, 0);
                    show_delivery(context, answer);
                    show_receipts(context, answer);
                  }),
      with_mark_read(remote_verb({.path = "thread",
                                  .summary = "A discussion from its first entry on",
                                  .example = "comity thread ID --as maria",
                                  .options = {{"ID", {}, "Any entry of it", true}, reader},
                                  .command = "thread",
                                  .fields = {{"ID", "id"}, {"--as", "as"}},
                                  .show = show_thread,
                                  .rows = "entries"})),
      remote_verb({.path = "list",
                   .summary = "What is in a space, newest first",
                   .example = "comity list hr-forum --limit 20",
                   .options = {{"SPACE", {}, "The space", true},
                               {"--kind", "KIND", "thread (default), update or wiki"},
                               {"--tag", "TAG", "Only discussions with this tag"},
                               reader},
                   .command = "list",
                   .fields = {{"SPACE", "space"}, {"--kind", "kind"}, {"--tag", "tag"}, {"--as", "as"}},
                   .show = show_list,
                   .rows = "entries"}),
      {"events",
       "New entries as they become readable, one JSON object a line",
       "comity events --space hr-forum",
       {{"--space", "SLUG", "Only of this space"},
        {"--after", "PLACE", "Begin behind this place instead of now"},
        reader,
        {"--once", {}, "End after the first answer"}},
       events},
  };
}

}  // namespace comity::cli
