// SPDX-License-Identifier: EUPL-1.2
// Whole nodes of several agencies under bad weather, one world a seed, some seeds twice. Closes with "N
// passed, N failed, N skipped".
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/sim/arguments.h"
#include "test/sim/nodes/tally.h"

namespace {

using comity::sim::Arguments;
using comity::sim::Kind;
using comity::sim::nodes::Outcome;
using comity::sim::nodes::Settings;
using comity::sim::nodes::Tally;

constexpr std::string_view kUsage =
    R"(usage: sim_nodes [--seed N | --seeds A..B | --count N] [--nodes N] [--twice N] [--jobs N]
                 [--without LIST] [--verbose]
  --seed N      one world
  --seeds A..B  all worlds from A to B
  --count N     the worlds 1 to N (200 without any of these)
  --nodes N     agencies in each world, 2 to 8 (5 to 8, by the seed)
  --twice N     every N-th world runs twice, and both traces must be the same (10; 0: none)
  --jobs N      worlds at a time, each in a process of its own (1; 0: as many as there are processors)
  --without LIST  leaves out, with commas between: membership, histories, late spaces, withdrawals, agreements,
                suspensions, leaving, clock jumps, power cuts, restores, hostile
  --verbose     the weather, what happened, and the last events of each world
examples:
  sim_nodes --count 1000 --jobs 0
  sim_nodes --seed 1234 --verbose
)";

constexpr std::size_t kFewestNodes = 2;
constexpr std::size_t kMostNodes = 8;
constexpr std::uint64_t kTwice = 10;

long long in_ms(comity::runtime::Duration span) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

std::string describe(const Outcome& outcome) {
  std::string text = fmt::format(
      "  {} agencies; {}\n  weather: {}\n  paired after {} ms, settled {} ms after the bad weather, {} "
      "events, "
      "trace {:016x}\n ",
      outcome.nodes, outcome.plot, outcome.weather, in_ms(outcome.paired), in_ms(outcome.settled),
      outcome.events, outcome.hash);
  for (std::size_t kind = 0; kind < outcome.kinds.size(); ++kind)
    text += fmt::format(" {} {},", comity::sim::name_of(static_cast<Kind>(kind)), outcome.kinds.at(kind));
  text += fmt::format(
      "\n  {} spaces, {} posts acknowledged ({} withdrawn), {} restores; compared {} feeds, {} entries, {} "
      "posts, {} "
      "texts; {} messages, {} ids found where they may be\n  refused to people:",
      outcome.spaces, outcome.posts, outcome.withdrawn, outcome.restores, outcome.compared.feeds,
      outcome.compared.entries, outcome.compared.posts, outcome.compared.texts, outcome.messages,
      outcome.found_at_members);
  for (const auto& [code, count] : outcome.refused)
    text += fmt::format(" {} {}", comity::proto::describe(code).name, count);
  return text + "\n";
}

/// One world, or two that must be the same. Says what is wrong with it.
Outcome live(std::uint64_t seed, const Arguments& arguments, const char* program) {
  const Settings settings{seed, arguments.nodes, {}, arguments.without};
  Outcome outcome = comity::sim::nodes::run(settings);
  if (!outcome.failure && arguments.twice != 0 && seed % arguments.twice == 0) {
    const Outcome again = comity::sim::nodes::run(settings);
    if (outcome.hash != again.hash || outcome.events != again.events)
      outcome.failure = fmt::format("two runs differ: {} events and {}", outcome.events, again.events);
  }
  std::string text;
  if (outcome.failure) {
    text = fmt::format("seed {} failed: {}\n{}reproduce: {} --seed {}{}{} --verbose\n", seed,
                       *outcome.failure, arguments.verbose ? outcome.last_events : "", program, seed,
                       arguments.without.empty() ? "" : fmt::format(" --without '{}'", arguments.without),
                       arguments.nodes == 0 ? "" : fmt::format(" --nodes {}", arguments.nodes));
  }
  if (arguments.verbose) text += fmt::format("seed {}\n{}", seed, describe(outcome));
  // In one piece, as other processes write too.
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return outcome;
}

void work(std::size_t worker, const Arguments& arguments, const char* program, Tally& tally) {
  for (;;) {
    const std::uint64_t seed = tally.next++;
    if (seed < arguments.first || seed > arguments.last) return;
    tally.at.at(worker) = seed;
    tally.add(live(seed, arguments, program));
    tally.at.at(worker) = 0;
  }
}

/// Worlds of one process share nothing with those of another, and one that dies takes no others with it.
void work_in_processes(std::size_t jobs, const Arguments& arguments, const char* program, Tally& tally) {
  std::map<pid_t, std::size_t> workers;
  const auto begin = [&](std::size_t worker) {
    const pid_t child = fork();
    if (child == 0) {
      work(worker, arguments, program, tally);
      std::fflush(stdout);
      // Not exit(): what the parent began is the parent's to end.
      _exit(0);
    }
    if (child > 0) workers[child] = worker;
  };
  for (std::size_t worker = 0; worker < jobs; ++worker)
    begin(worker);
  while (!workers.empty()) {
    int status = 0;
    const pid_t child = wait(&status);
    const auto at = workers.find(child);
    if (at == workers.end()) continue;
    const std::size_t worker = at->second;
    workers.erase(at);
    const std::uint64_t seed = tally.at.at(worker).exchange(0);
    if (seed == 0) continue;
    ++tally.failed;
    fmt::print(
        "seed {} failed: the process ended in the middle, status {}\nreproduce: {} --seed {} --verbose\n",
        seed, status, program, seed);
    begin(worker);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (comity::sim::asks_for_help(argc, argv)) {
    fmt::print("{}", kUsage);
    return 0;
  }
  const auto arguments =
      comity::sim::parse_arguments(argc, argv, {.twice = kTwice}, kFewestNodes, kMostNodes);
  if (!arguments) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  const auto tally = comity::sim::nodes::shared_tally();
  tally->next = arguments->first;
  const std::size_t wanted =
      arguments->jobs != 0 ? arguments->jobs : std::max(1U, std::thread::hardware_concurrency());
  const std::size_t jobs = std::min(wanted, Tally::kMostWorkers);
  if (jobs == 1) {
    work(0, *arguments, argv[0], *tally);
  } else {
    work_in_processes(jobs, *arguments, argv[0], *tally);
  }
  const std::uint64_t worlds = arguments->last - arguments->first + 1;
  const std::uint64_t done = tally->passed + tally->failed;
  fmt::print("{}{} passed, {} failed, 0 skipped\n", tally->describe(), tally->passed.load(),
             tally->failed + (done < worlds ? worlds - done : 0));
  return tally->passed == worlds ? 0 : 1;
}
