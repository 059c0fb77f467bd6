// SPDX-License-Identifier: EUPL-1.2
// Kills a process that writes to a store, at random and at fail-points, opens the store again, and compares
// all of it with what must be there. `crash_store --help` has the options.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/crash/checker.h"
#include "test/crash/child.h"
#include "test/crash/feeds_checker.h"
#include "test/splitmix.h"
#include "test/support/temp_dir.h"

namespace comity::crash {
namespace {

constexpr std::array kRowPoints{
    "commit.before_write", "commit.after_write",       "commit.after_mark",     "commit.before_answer",
    "changes.before_trim", "changes.after_trim",       "migrate.before_commit", "migrate.after_commit",
    "compact.after_flush", "compact.after_rewrite",    "compact.after_removal", "checkpoint.before_mark",
    "open.after_db",       "open.after_mark",          "close.before_sync",     "close.before_mark",
    "close.after_mark",    "create.before_db",         "create.after_db",       "create.after_mark",
    "create.after_stamp",  "migrate.after_checkpoint", "open.after_db",         "commit.before_write",
    "commit.after_write"};
constexpr std::array kFeedPoints{
    "append.before_commit",  "append.after_commit",   "ingest.before_commit",   "ingest.after_commit",
    "dispose.before_commit", "dispose.after_commit",  "dispose.before_compact", "dispose.after_compact",
    "dispose.after_scrub",   "migrate.before_commit", "migrate.after_commit",   "migrate.after_checkpoint",
    "reindex.dropped",       "reindex.page",          "reindex.before_commit",  "reindex.after_commit",
    "compact.after_flush",   "compact.after_rewrite", "compact.after_removal",  "commit.before_write",
    "commit.after_write",    "commit.after_mark",     "commit.before_answer",   "changes.before_trim",
    "changes.after_trim",    "append.before_commit",  "append.after_commit",    "ingest.after_commit"};
constexpr int kRoundsOfStore = 12;  // then a new directory, so that creation is killed too

struct Campaign {
  int kills = 40;
  std::uint64_t seed = 1;
  bool drop_unsynced = false;
  bool feeds = false;
};

struct Outcome {
  bool killed = false;
  std::vector<std::string> wrongs;
};

std::vector<std::string> arguments_of(const ChildTask& task) {
  const Ending& ending = task.ending;
  return {"crash_store",
          "--child",
          task.directory,
          std::to_string(task.seed),
          std::to_string(task.batches),
          std::to_string(task.schema),
          std::to_string(task.pipe),
          ending.failpoint.empty() ? "-" : ending.failpoint,
          std::to_string(ending.count),
          std::to_string(ending.file_operation),
          ending.drop_unsynced ? "drop" : "keep",
          task.feeds ? "feeds" : "rows",
          std::to_string(task.process)};
}

int child_main(char** arguments) {
  ChildTask task;
  task.directory = arguments[0];
  task.seed = std::strtoull(arguments[1], nullptr, 10);
  task.batches = std::strtoull(arguments[2], nullptr, 10);
  task.schema = static_cast<std::uint32_t>(std::strtoul(arguments[3], nullptr, 10));
  task.pipe = std::atoi(arguments[4]);
  task.ending.failpoint = std::string_view(arguments[5]) == "-" ? "" : arguments[5];
  task.ending.count = std::strtoull(arguments[6], nullptr, 10);
  task.ending.file_operation = std::strtoull(arguments[7], nullptr, 10);
  task.ending.drop_unsynced = std::string_view(arguments[8]) == "drop";
  task.feeds = std::string_view(arguments[9]) == "feeds";
  task.process = std::strtoull(arguments[10], nullptr, 10);
  return task.feeds ? run_feeds_child(task) : run_child(task);
}

/// Starts the writing process, hears it until it ends, and kills it after `kill_after` answers.
Outcome run_process(ChildTask task, std::optional<std::uint64_t> kill_after, Judge& judge) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {false, {"no pipe"}};
  task.pipe = ends[1];
  auto arguments = arguments_of(task);
  std::vector<char*> pointers;
  for (auto& argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t process = ::fork();
  if (process == 0) {
    ::fcntl(ends[1], F_SETFD, 0);
    ::execv("/proc/self/exe", pointers.data());
    ::_exit(4);
  }
  ::close(ends[1]);
  Report report;
  std::uint64_t answers = 0;
  while (::read(ends[0], &report, sizeof(report)) == static_cast<ssize_t>(sizeof(report))) {
    judge.hear(report);
    const bool answer = report.kind == Report::Kind::kAnswer || report.kind >= Report::Kind::kStored;
    if (answer && kill_after && ++answers == *kill_after) ::kill(process, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return {true, {}};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {false, {}};
  return {false, {fmt::format("the writing process ended with status {}", status)}};
}

class Run {
 public:
  explicit Run(const Campaign& campaign) : campaign_(campaign), draws_(campaign.seed) {}

  int run() {
    while (kills_ < campaign_.kills) {
      if (round_ % kRoundsOfStore == 0) begin_store();
      const bool good = round();
      ++(good ? passed_ : failed_);
      if (!good) begin_store();
      ++round_;
    }
    for (const auto& [where, times] : killed_at_)
      fmt::print("killed {} times {}\n", times, where);
    fmt::print("{} kills in {} runs, seed {}\n{} passed, {} failed, 0 skipped\n", kills_, round_,
               campaign_.seed, passed_, failed_);
    return failed_ == 0 ? 0 : 1;
  }

 private:
  void begin_store() {
    judge_.reset();
    directory_.emplace();
    store_seed_ = draws_.next() >> 8U;
    if (campaign_.feeds) {
      judge_ = std::make_unique<FeedsChecker>(directory_->file("store"), store_seed_);
    } else {
      judge_ = std::make_unique<Checker>(directory_->file("store"), store_seed_);
    }
  }

  bool round() {
    ChildTask task;
    task.directory = directory_->file("store");
    task.seed = store_seed_;
    task.feeds = campaign_.feeds;
    task.process = static_cast<std::uint64_t>(round_) + 1;
    task.batches = campaign_.feeds ? 10 + draws_.below(60) : 20 + draws_.below(1200);
    task.schema = static_cast<std::uint32_t>(1 + (round_ % kRoundsOfStore) / 2);
    task.ending.drop_unsynced = campaign_.drop_unsynced;
    std::string where;
    const auto kill_after = choose_ending(task, where);
    Outcome outcome = run_process(task, kill_after, *judge_);
    if (outcome.killed) {
      ++kills_;
      ++killed_at_[where];
    }
    // On a copy the next process finds what this one left, torn logs and all.
    const bool on_copy = draws_.below(3) != 0;
    for (auto& wrong : judge_->check(campaign_.drop_unsynced && outcome.killed, on_copy)) {
      outcome.wrongs.push_back(std::move(wrong));
    }
    for (const auto& wrong : outcome.wrongs) {
      fmt::print("seed {} run {} ({}) failed: {}\n", campaign_.seed, round_, where, wrong);
    }
    return outcome.wrongs.empty();
  }

  /// A kill by the parent leaves unsynced bytes where the operating system has them, so a campaign that drops
  /// them has the process end itself.
  std::optional<std::uint64_t> choose_ending(ChildTask& task, std::string& where) {
    if (campaign_.feeds) return choose_feed_ending(task, where);
    const std::uint64_t choice = draws_.below(campaign_.drop_unsynced ? 2 : 3);
    if (choice == 0) {
      const std::string_view name = kRowPoints[next_failpoint_++ % kRowPoints.size()];
      task.ending.failpoint = std::string(name);
      // What comes once in a process is waited for once.
      const bool often = name.starts_with("commit.");
      task.ending.count = often ? 1 + draws_.below(200) : 1;
      if (name.starts_with("compact.") || name.starts_with("checkpoint.") || name.starts_with("changes."))
        task.batches = 1200;
      if (name.starts_with("close.")) task.batches = 20 + draws_.below(100);
      if (name.starts_with("create.")) begin_store_for(task);
      where = "at " + task.ending.failpoint;
      return std::nullopt;
    }
    if (choice == 1) {
      task.ending.file_operation = 1 + draws_.below(draws_.one_in(3) ? 150 : 4000);
      where = "before a file operation";
      return std::nullopt;
    }
    where = "by the parent";
    return 1 + draws_.below(task.batches);
  }

  std::optional<std::uint64_t> choose_feed_ending(ChildTask& task, std::string& where) {
    const std::uint64_t choice = draws_.below(campaign_.drop_unsynced ? 3 : 4);
    if (choice < 2) {
      const std::string_view name = kFeedPoints[next_failpoint_++ % kFeedPoints.size()];
      task.ending.failpoint = std::string(name);
      const bool often = name.starts_with("commit.") || name.starts_with("append.");
      task.ending.count = often ? 1 + draws_.below(30) : 1 + draws_.below(3);
      if (!often) task.batches = 200;
      where = "at " + task.ending.failpoint;
      return std::nullopt;
    }
    if (choice == 2) {
      task.ending.file_operation = 1 + draws_.below(draws_.one_in(3) ? 150 : 600);
      where = "before a file operation";
      return std::nullopt;
    }
    where = "by the parent";
    return 1 + draws_.below(100);
  }

  void begin_store_for(ChildTask& task) {
    begin_store();
    task.directory = directory_->file("store");
    task.seed = store_seed_;
    task.schema = 1;
  }

  const Campaign campaign_;
  test::SplitMix draws_;
  std::optional<test::TempDir> directory_;
  std::unique_ptr<Judge> judge_;
  std::uint64_t store_seed_ = 0;
  std::size_t next_failpoint_ = 0;
  int round_ = 0;
  int kills_ = 0;
  int passed_ = 0;
  int failed_ = 0;
  std::map<std::string, int> killed_at_;
};

int usage(std::FILE* out, int status) {
  fmt::print(out,
             "usage: crash_store [--kills N] [--seed S] [--drop-unsynced] [--feeds]\n"
             "  --kills N         so many killed processes (default 40; 500 is the full campaign)\n"
             "  --seed S          another campaign (default 1)\n"
             "  --drop-unsynced   each kill takes the bytes with it that were not synced\n"
             "  --feeds           works on feeds: append, ingest, dispose, migrate, reindex; else on rows\n");
  return status;
}

int parent_main(const std::vector<std::string>& arguments) {
  Campaign campaign;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--help") return usage(stdout, 0);
    if (arguments[i] == "--drop-unsynced") {
      campaign.drop_unsynced = true;
    } else if (arguments[i] == "--feeds") {
      campaign.feeds = true;
    } else if (arguments[i] == "--kills" && has_value) {
      campaign.kills = std::atoi(arguments[++i].c_str());
    } else if (arguments[i] == "--seed" && has_value) {
      campaign.seed = std::strtoull(arguments[++i].c_str(), nullptr, 10);
    } else {
      return usage(stderr, 2);
    }
  }
  return Run(campaign).run();
}

}  // namespace
}  // namespace comity::crash

int main(int argc, char** argv) {
  if (argc == 13 && std::string_view(argv[1]) == "--child") return comity::crash::child_main(argv + 2);
  return comity::crash::parent_main({argv + 1, argv + argc});
}
