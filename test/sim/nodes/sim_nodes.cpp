// SPDX-License-Identifier: EUPL-1.2
// Whole nodes of several agencies under bad weather, one world a seed, some seeds twice. Closes with "N
// passed, N failed, N skipped".
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "test/sim/arguments.h"
#include "test/sim/nodes/run.h"

namespace {

using comity::sim::Kind;
using comity::sim::nodes::Outcome;
using comity::sim::nodes::Settings;

constexpr std::string_view kUsage =
    R"(usage: sim_nodes [--seed N | --seeds A..B | --count N] [--nodes N] [--twice N] [--without LIST] [--verbose]
  --seed N      one world
  --seeds A..B  all worlds from A to B
  --count N     the worlds 1 to N (200 without any of these)
  --nodes N     agencies in each world, 2 to 8 (5 to 8, by the seed)
  --twice N     every N-th world runs twice, and both traces must be the same (10; 0: none)
  --without LIST  leaves out, with commas between: membership, histories, late spaces, withdrawals, agreements,
                suspensions, leaving, clock jumps, power cuts, restores, hostile
  --verbose     the weather, what happened, and the last events of each world
examples:
  sim_nodes --count 1000
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
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  Outcome sum;
  for (std::uint64_t seed = arguments->first; seed <= arguments->last; ++seed) {
    const Settings settings{seed, arguments->nodes, {}, arguments->without};
    Outcome outcome = comity::sim::nodes::run(settings);
    if (!outcome.failure && arguments->twice != 0 && seed % arguments->twice == 0) {
      const Outcome again = comity::sim::nodes::run(settings);
      if (outcome.hash != again.hash || outcome.events != again.events)
        outcome.failure = fmt::format("two runs differ: {} events and {}", outcome.events, again.events);
    }
    for (std::size_t kind = 0; kind < sum.kinds.size(); ++kind)
      sum.kinds.at(kind) += outcome.kinds.at(kind);
    for (const auto& [code, count] : outcome.refused)
      sum.refused[code] += count;
    for (const auto& [deed, count] : outcome.deeds)
      sum.deeds[deed] += count;
    sum.events += outcome.events;
    sum.posts += outcome.posts;
    sum.withdrawn += outcome.withdrawn;
    sum.restores += outcome.restores;
    sum.compared.feeds += outcome.compared.feeds;
    sum.compared.entries += outcome.compared.entries;
    sum.compared.posts += outcome.compared.posts;
    sum.found_at_members += outcome.found_at_members;
    ++(outcome.failure ? failed : passed);
    if (outcome.failure) {
      fmt::print("seed {} failed: {}\n{}", seed, *outcome.failure,
                 arguments->verbose ? outcome.last_events : "");
      fmt::print(
          "reproduce: {} --seed {}{}{} --verbose\n", argv[0], seed,
          arguments->without.empty() ? std::string() : fmt::format(" --without '{}'", arguments->without),
          arguments->nodes == 0 ? std::string() : fmt::format(" --nodes {}", arguments->nodes));
    }
    if (arguments->verbose) fmt::print("seed {}\n{}", seed, describe(outcome));
    std::fflush(stdout);
    if (seed == UINT64_MAX) break;
  }
  fmt::print(
      "{} worlds, {} events, {} posts acknowledged ({} withdrawn), {} restores; compared {} feeds, {} "
      "entries, {} "
      "posts; {} ids found where they may be\n ",
      passed + failed, sum.events, sum.posts, sum.withdrawn, sum.restores, sum.compared.feeds,
      sum.compared.entries, sum.compared.posts, sum.found_at_members);
  for (std::size_t kind = 0; kind < sum.kinds.size(); ++kind)
    fmt::print(" {} {}{}", comity::sim::name_of(static_cast<Kind>(kind)), sum.kinds.at(kind),
               kind + 1 == sum.kinds.size() ? "\nrefused to people:" : ",");
  for (const auto& [code, count] : sum.refused)
    fmt::print(" {} {}", comity::proto::describe(code).name, count);
  fmt::print("\ndeeds of hostile peers:");
  for (const auto& [deed, count] : sum.deeds)
    fmt::print(" {} {},", comity::sim::nodes::name_of(deed), count);
  fmt::print("\n{} passed, {} failed, 0 skipped\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
