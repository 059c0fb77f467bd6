// SPDX-License-Identifier: EUPL-1.2
#include "node/api/import.h"

#include <filesystem>

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

using OpenSource = Result<std::unique_ptr<community::ImportSource>> (*)(const std::string&, std::string);

struct Asked {
  std::string path;
  std::string author;
  std::string source;
  proto::SpaceId space;
  bool dry_run = false;
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

http::Task<Result<json::value>> run(CommunityDesk desk, OpenSource open, Call call,
                                    std::function<http::Task<void>()> caught_up) {
  const auto asked = read(desk, call.arguments);
  if (!asked.ok()) co_return asked.error();
  auto source = open(asked->path, asked->source);
  if (!source.ok()) co_return source.error();
  co_await caught_up();

  auto tally = std::make_shared<Tally>();
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
  }
  while (!importer.idle()) {
    desk.writer.flush();
    const runtime::Status waited = co_await tally->changed.wait();
    if (!waited.ok()) co_return waited.error();
  }
  co_return json::value(json::object{{"imported", tally->imported},
                                     {"skipped", tally->skipped},
                                     {"failed", tally->failed},
                                     {"failures", tally->failures}});
}

}  // namespace

void add_import_commands(CommandTable& table, CommunityDesk desk,
                         std::function<http::Task<void>()> caught_up) {
  const auto add = [&](const std::string& name, OpenSource open) {
    table.add(name, {.run = [desk, open, caught_up](Call call) {
                return run(desk, open, std::move(call), caught_up);
              }});
  };
  add("import/markdown", &community::markdown_source);
  add("import/mbox", &community::mail_source);
}

}  // namespace comity::api
