// SPDX-License-Identifier: EUPL-1.2
// comity import: content from elsewhere, each piece once.
#include <filesystem>

#include <fmt/format.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Result;

constexpr std::chrono::hours kLongest{6};

Result<int> import_from(const std::string& kind, Context& context, const Arguments& arguments) {
  COMITY_TRY(
      json::object asked,
      arguments_of(
          {{"--space", "space"}, {"--as", "as"}, {"--source", "source"}, {"--dry-run", "dry_run", As::kFlag}},
          arguments));
  asked["path"] = std::filesystem::absolute(*arguments.find("PATH")).lexically_normal().string();
  COMITY_TRY(const json::object answer, call_object(context, "import/" + kind, asked, kLongest));
  if (context.output.json()) {
    context.output.document(answer);
  } else {
    for (const json::value& row : list_in(answer, "failures")) {
      if (!row.is_object()) continue;
      const json::object& failure = row.get_object();
      context.output.text(fmt::format("failed: {}: {}: {} ({})\n", safe_text(text_in(failure, "where")),
                                      text_in(failure, "code"), text_in(failure, "title"),
                                      safe_text(text_in(failure, "detail"))));
    }
    context.output.text(fmt::format("imported {}, skipped {}, failed {}{}\n", number_in(answer, "imported"),
                                    number_in(answer, "skipped"), number_in(answer, "failed"),
                                    arguments.has("--dry-run") ? " (dry run: nothing was written)" : ""));
  }
  return number_in(answer, "failed") == 0 ? kDone : kFailed;
}

Verb import_verb(const std::string& kind, const std::string& summary, const std::string& example) {
  return {
      "import " + kind,
      summary,
      example,
      {{"PATH", {}, "A file or folder that the node can read", true},
       {"--space", "SLUG", "Where to", true},
       {"--as", "PERSON", "Who imports", true},
       {"--source", "NAME", "What the source is called (default: the name of the file or folder)"},
       {"--dry-run", {}, "Read everything, write nothing"}},
      [kind](Context& context, const Arguments& arguments) { return import_from(kind, context, arguments); }};
}

}  // namespace

std::vector<Verb> import_verbs() {
  return {import_verb("markdown", "Markdown files as posts, author, date and address kept",
                      "comity import markdown posts/ --space library --as maria"),
          import_verb("mbox", "A mail archive as discussions, threads from References",
                      "comity import mbox list.mbox --space library --as maria")};
}

}  // namespace comity::cli
