// SPDX-License-Identifier: EUPL-1.2
// A small network of real parts (Noise over byte streams, nurseries, queues, deadlines) under bad weather,
// one world a seed, each seed twice. Closes with "N passed, N failed, N skipped".
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "test/sim/arguments.h"
#include "test/sim/gossip/run.h"

namespace {

using comity::sim::Kind;
using comity::sim::gossip::Outcome;
using comity::sim::gossip::Settings;

constexpr std::string_view kUsage =
    R"(usage: sim_network [--seed N | --seeds A..B | --count N] [--nodes N] [--twice N] [--verbose]
  --seed N      one world
  --seeds A..B  all worlds from A to B
  --count N     the worlds 1 to N (200 without any of these)
  --nodes N     machines in each world, 2 to 16 (5)
  --twice N     every N-th world runs twice, and both traces must be the same (1)
  --verbose     the weather, what happened, and the last events of each world
examples:
  sim_network --count 1000
  sim_network --seed 1234 --verbose
)";

// With this many seeds each fault has its chance; one that never strikes is switched off by mistake.
constexpr std::uint64_t kSeedsThatShowAllFaults = 50;
constexpr std::size_t kUsualNodes = 5;
constexpr std::size_t kFewestNodes = 2;
constexpr std::size_t kMostNodes = 16;

std::string describe(const Outcome& outcome) {
  std::string text = fmt::format(
      "  weather: {}\n  settled {} ms after the bad weather, {} events, trace {:016x}\n ", outcome.weather,
      std::chrono::duration_cast<std::chrono::milliseconds>(outcome.settled).count(), outcome.events,
      outcome.hash);
  for (std::size_t kind = 0; kind < outcome.kinds.size(); ++kind)
    text += fmt::format(" {} {},", comity::sim::name_of(static_cast<Kind>(kind)), outcome.kinds.at(kind));
  const auto& tally = outcome.tally;
  text += fmt::format(
      "\n  handshakes {} (failed {}), stored {}, duplicates {}, fullest queue {} B; conversations ended:",
      tally.handshakes, tally.failed_handshakes, tally.stored, tally.duplicates, tally.most_queued);
  for (const auto& [code, count] : tally.endings)
    text += fmt::format(" {} {}", comity::proto::describe(code).name, count);
  return text + "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (comity::sim::asks_for_help(argc, argv)) {
    fmt::print("{}", kUsage);
    return 0;
  }
  const auto arguments =
      comity::sim::parse_arguments(argc, argv, {.nodes = kUsualNodes}, kFewestNodes, kMostNodes);
  if (!arguments) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  Outcome sum;
  for (std::uint64_t seed = arguments->first; seed <= arguments->last; ++seed) {
    const Settings settings{seed, arguments->nodes};
    Outcome outcome = comity::sim::gossip::run(settings);
    if (arguments->twice != 0 && seed % arguments->twice == 0) {
      const Outcome again = comity::sim::gossip::run(settings);
      if (!outcome.failure && (outcome.hash != again.hash || outcome.events != again.events))
        outcome.failure = fmt::format("two runs differ: {} events and {}", outcome.events, again.events);
    }
    for (std::size_t kind = 0; kind < sum.kinds.size(); ++kind)
      sum.kinds.at(kind) += outcome.kinds.at(kind);
    for (const auto& [code, count] : outcome.tally.endings)
      sum.tally.endings[code] += count;
    sum.events += outcome.events;
    ++(outcome.failure ? failed : passed);
    if (outcome.failure) {
      fmt::print("seed {} failed: {}\n{}", seed, *outcome.failure, outcome.last_events);
      fmt::print("reproduce: {} --seed {} --nodes {} --verbose\n", argv[0], seed, arguments->nodes);
    }
    if (arguments->verbose) {
      fmt::print("seed {}\n{}", seed, describe(outcome));
      if (!outcome.failure) fmt::print("{}", outcome.last_events);
    }
    std::fflush(stdout);
    if (seed == UINT64_MAX) break;
  }
  fmt::print("{} worlds of {} machines, {} events:", passed + failed, arguments->nodes, sum.events);
  for (std::size_t kind = 0; kind < sum.kinds.size(); ++kind)
    fmt::print(" {} {}{}", comity::sim::name_of(static_cast<Kind>(kind)), sum.kinds.at(kind),
               kind + 1 == sum.kinds.size() ? "\nconversations ended:" : ",");
  for (const auto& [code, count] : sum.tally.endings)
    fmt::print(" {} {}", comity::proto::describe(code).name, count);
  fmt::print("\n");
  if (passed + failed >= kSeedsThatShowAllFaults) {
    for (std::size_t kind = 0; kind < sum.kinds.size(); ++kind) {
      const auto name = comity::sim::name_of(static_cast<Kind>(kind));
      if (sum.kinds.at(kind) != 0) continue;
      fmt::print("no seed ever showed a '{}': that fault is switched off\n", name);
      ++failed;
    }
    if (sum.tally.endings[comity::proto::Code::kAuthentication] == 0) {
      fmt::print("no flipped bit ever ended a conversation at authentication\n");
      ++failed;
    }
  }
  fmt::print("{} passed, {} failed, 0 skipped\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
