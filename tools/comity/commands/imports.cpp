// SPDX-License-Identifier: EUPL-1.2
// comity import: content from elsewhere, each piece once.
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "tools/comity/commands/answer.h"
#include "tools/comity/commands/commands.h"
#include "tools/comity/commands/remote.h"

namespace comity::cli {
namespace {

namespace json = boost::json;
using proto::Result;

constexpr std::chrono::hours kLongest{24};
constexpr std::chrono::milliseconds kAskEvery{500};

/// Asks the node how far the import is, on a thread of its own, and shows it on a terminal. The node ends an
/// import that nobody asks for any more: so a Ctrl-C here ends it there.
class Watching {
 public:
  explicit Watching(const Context& context)
      : token_("import-" + std::to_string(::getpid())),
        shown_(::isatty(STDERR_FILENO) == 1),
        thread_([this, context] { ask(context); }) {}
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  ~Watching() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    woken_.notify_all();
    thread_.join();
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  [[nodiscard]] const std::string& token() const noexcept { return token_; }

 private:
  void ask(const Context& context) {
    std::unique_lock lock(mutex_);
    while (!woken_.wait_for(lock, kAskEvery, [this] { return over_; })) {
      lock.unlock();
      const auto answer = call_object(context, "import/progress", {{"watch", token_}});
      if (answer.ok() && shown_ && text_in(*answer, "running") == "true") {
        std::fprintf(stderr, "\r%s",
                     fmt::format("imported {}, skipped {}, failed {} …", number_in(*answer, "imported"),
                                 number_in(*answer, "skipped"), number_in(*answer, "failed"))
                         .c_str());
      }
      lock.lock();
    }
  }

  std::string token_;
  bool shown_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool over_ = false;
  std::thread thread_;  // last: it uses the others
};

Result<int> import_from(const std::string& kind, Context& context, const Arguments& arguments) {
  COMITY_TRY(
      json::object asked,
      arguments_of(
          {{"--space", "space"}, {"--as", "as"}, {"--source", "source"}, {"--dry-run", "dry_run", As::kFlag}},
          arguments));
  asked["path"] = std::filesystem::absolute(*arguments.find("PATH")).lexically_normal().string();
  const auto imported = [&] {
    const Watching watching(context);
    asked["watch"] = watching.token();
    return call_object(context, "import/" + kind, asked, kLongest);
  }();
  COMITY_TRY(const json::object answer, imported);
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
                      "comity import mbox list.mbox --space library --as maria"),
          import_verb("revisions", "Page histories as wiki pages, one revision a line in JSON",
                      "comity import revisions revisions.jsonl --space library --as maria")};
}

}  // namespace comity::cli
