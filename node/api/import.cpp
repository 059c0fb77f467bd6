// SPDX-License-Identifier: EUPL-1.2
#include "node/api/import.h"

#include <filesystem>
#include <map>
#include <set>

#include <boost/json/array.hpp>

#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/community/import/importer.h"
#include "node/community/people/people.h"
#include "node/runtime/condition.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::size_t kMostFailures = 1000;  // told one by one; further ones are counted
constexpr std::size_t kFlushEvery = 64;
// An import that somebody watched ends when nobody has asked for so long: its caller is gone.
constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kMostToken = 64;

using OpenSource = Result<std::unique_ptr<community::ImportSource>> (*)(const std::string&, std::string);

struct Asked {
  std::string path;
  std::string author;
  std::string source;
  proto::SpaceId space;
  bool dry_run = false;
  std::string watch;  ///< by which its progress is asked for; empty: nobody watches
};

Result<Asked> read(const CommunityDesk& desk, const json::object& arguments) {
  Asked out;
  COMITY_TRY(out.path, required_text(arguments, "path"));
  if (!out.path.starts_with('/')) return Error{Code::kBadArguments, "path: an absolute path"};
  COMITY_TRY(out.author, required_text(arguments, "as"));
  COMITY_TRY(const std::string space, required_text(arguments, "space"));
  COMITY_TRY(out.space, desk.spaces.resolve(space));
  COMITY_TRY(const auto source, text_argument(arguments, "source"));
  std::filesystem::path path(out.path);
  if (!path.has_filename()) path = path.parent_path();
  out.source = source.value_or(path.filename().string());
  COMITY_TRY(out.dry_run, flag_argument(arguments, "dry_run"));
  COMITY_TRY(const auto watch, text_argument(arguments, "watch"));
  out.watch = watch.value_or("");
  if (out.watch.size() > kMostToken) return Error{Code::kBadArguments, "watch: at most 64 characters"};
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(const auto person, community::acting_person(*view, out.author));
  static_cast<void>(person);
  return out;
}

/// Counts what becomes of items, and wakes whoever waits for room.
struct Tally {
  std::uint64_t imported = 0;
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  json::array failures;
  runtime::Condition changed;
  feed::WallTime asked{};  ///< when somebody last asked how far it is

  void fail(const community::ImportProblem& problem) {
    ++failed;
    if (failures.size() == kMostFailures) return;
    const auto& text = proto::describe(problem.error.code);
    failures.push_back(json::object{{"where", problem.where},
                                    {"code", proto::code_label(problem.error.code)},
                                    {"title", std::string(text.sentence)},
                                    {"detail", problem.error.detail}});
  }
  void take(const community::ImportOutcome& outcome) {
    using Kind = community::ImportOutcome::Kind;
    if (outcome.kind == Kind::kImported) ++imported;
    if (outcome.kind == Kind::kSkipped) ++skipped;
    if (outcome.kind == Kind::kFailed && outcome.problem) fail(*outcome.problem);
    changed.notify_all();
  }
};

/// Imports under way, by the token of whoever watches. One source goes into one space once at a time: two
/// imports of it would not see what the other is about to write.
struct Running {
  std::map<std::string, std::shared_ptr<Tally>> watched{};
  std::set<std::pair<proto::SpaceId, std::string>> sources{};
};

/// A place in that list for as long as an import runs.
class Entered {
 public:
  Entered(std::shared_ptr<Running> running, Asked asked, std::shared_ptr<Tally> tally)
      : running_(std::move(running)), asked_(std::move(asked)) {
    running_->sources.emplace(asked_.space, asked_.source);
    if (!asked_.watch.empty()) running_->watched[asked_.watch] = std::move(tally);
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() {
    running_->sources.erase({asked_.space, asked_.source});
    running_->watched.erase(asked_.watch);
  }

 private:
  std::shared_ptr<Running> running_;
  Asked asked_;
};

json::object counts_of(const Tally& tally) {
  return {{"imported", tally.imported}, {"skipped", tally.skipped}, {"failed", tally.failed}};
}

http::Task<Result<json::value>> progress(CommunityDesk desk, std::shared_ptr<Running> running, Call call) {
  const auto watch = required_text(call.arguments, "watch");
  if (!watch.ok()) co_return watch.error();
  const auto found = running->watched.find(*watch);
  json::object out{{"running", found != running->watched.end()}};
  if (found != running->watched.end()) {
    found->second->asked = desk.now();
    for (const auto& [key, value] : counts_of(*found->second))
      out[key] = value;
  }
  co_return json::value(std::move(out));
}

http::Task<Result<json::value>> run(CommunityDesk desk, OpenSource open, Call call,
                                    std::function<http::Task<void>()> caught_up,
                                    std::shared_ptr<Running> running) {
  const auto asked = read(desk, call.arguments);
  if (!asked.ok()) co_return asked.error();
  if (running->sources.contains({asked->space, asked->source}) || running->watched.contains(asked->watch))
    co_return Error{Code::kFeedBusy, asked->source + " is being imported already"};
  auto source = open(asked->path, asked->source);
  if (!source.ok()) co_return source.error();
  co_await caught_up();

  auto tally = std::make_shared<Tally>();
  tally->asked = desk.now();
  const Entered entered(running, *asked, tally);
  const auto abandoned = [&] { return !asked->watch.empty() && desk.now() > tally->asked + kPatience; };
  community::Importer importer(desk.store, desk.posts, desk.storage_key, asked->space, asked->author);
  std::size_t taken = 0;
  while (auto next = (*source)->next()) {
    if (const auto* problem = std::get_if<community::ImportProblem>(&*next)) {
      tally->fail(*problem);
      continue;
    }
    if (asked->dry_run) {
      ++tally->imported;
      continue;
    }
    while (importer.busy()) {
      desk.writer.flush();
      const runtime::Status waited = co_await tally->changed.wait();
      if (!waited.ok()) co_return waited.error();
    }
    importer.take(std::get<community::ImportItem>(*std::move(next)),
                  [tally](const community::ImportOutcome& outcome) { tally->take(outcome); });
    if (++taken % kFlushEvery != 0) continue;
    desk.writer.flush();
    co_await runtime::yield_now();
    if (abandoned()) break;
  }
  while (!importer.idle()) {
    desk.writer.flush();
    const runtime::Status waited = co_await tally->changed.wait();
    if (!waited.ok()) co_return waited.error();
  }
  json::object out = counts_of(*tally);
  out["failures"] = tally->failures;
  co_return json::value(std::move(out));
}

}  // namespace

void add_import_commands(CommandTable& table, CommunityDesk desk,
                         std::function<http::Task<void>()> caught_up) {
  const auto running = std::make_shared<Running>();
  const auto add = [&](const std::string& name, OpenSource open) {
    table.add(name, {.run = [desk, open, caught_up, running](Call call) {
                return run(desk, open, std::move(call), caught_up, running);
              }});
  };
  table.add("import/progress", {.effect = Effect::kReads, .run = [desk, running](Call call) {
                                  return progress(desk, running, std::move(call));
                                }});
  add("import/markdown", &community::markdown_source);
  add("import/mbox", &community::mail_source);
  add("import/revisions", &community::revisions_source);
}

}  // namespace comity::api
