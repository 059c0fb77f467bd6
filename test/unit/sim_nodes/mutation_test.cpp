// SPDX-License-Identifier: EUPL-1.2
// The simulation of whole nodes is worth what it notices: each of these promises is broken on purpose. A
// world that notices today may be another one tomorrow, when nodes send other messages: then the first seed
// to try moves.
#include "test/sim/nodes/mutation.h"

#include <doctest/doctest.h>

#include "test/sim/nodes/run.h"

namespace comity::sim::nodes {
namespace {

constexpr std::uint64_t kSeedsTried = 12;
constexpr std::size_t kNodes = 5;

/// What the first of some worlds says about a promise that is broken in all of them; without `plot`
/// everything may happen in them.
std::string noticed(const std::string& promise, const std::optional<Plot>& plot, std::uint64_t first = 1,
                    std::optional<Hostile::Deed> only = {}) {
  const Mutation broken(promise);
  for (std::uint64_t seed = first; seed < first + kSeedsTried; ++seed) {
    const Outcome outcome = run({.seed = seed, .nodes = plot ? kNodes : 0, .plot = plot, .only = only});
    if (!outcome.failure) continue;
    CHECK_MESSAGE(broken.hits() != 0, "nobody ever asked about: " << promise);
    return *outcome.failure;
  }
  return {};
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a node that serves whoever asks is noticed") {
  const std::string text = noticed("entitled", Plot{});
  CHECK_MESSAGE(says(text, "a leak: "), text);
}

TEST_CASE("a disk that answers before it has synced is noticed") {
  const std::string text = noticed("sync", Plot{.cuts = true});
  CHECK_MESSAGE(!text.empty(), text);
}

TEST_CASE("a node that forgets to push what is new is noticed") {
  const std::string text = noticed("push", Plot{});
  CHECK_MESSAGE(says(text, "no agreement after the bad weather: "), text);
}

TEST_CASE("a node that believes every signature is noticed") {
  const std::string text = noticed("signature", Plot{.hostile = true}, 20, Hostile::Deed::kBadRun);
  CHECK_MESSAGE(!text.empty(), text);
}

TEST_CASE("a node that takes what a peer widens alone is noticed") {
  const std::string text = noticed("narrower", Plot{.hostile = true}, 1, Hostile::Deed::kAgreement);
  CHECK_MESSAGE(says(text, "never agreed to what is in force"), text);
}

TEST_CASE("two that both change their agreement in bad weather agree by themselves") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Outcome outcome =
        run({.seed = seed, .nodes = 6, .plot = Plot{.agreements = true, .suspensions = true}});
    CHECK_MESSAGE(!outcome.failure, outcome.failure.value_or(""));
  }
}

TEST_CASE("a promise that is kept is not noticed, and a world is the same twice") {
  const Settings settings{.seed = 1, .nodes = kNodes, .plot = Plot{}};
  const Outcome first = run(settings);
  const Outcome second = run(settings);
  CHECK_MESSAGE(!first.failure, *first.failure);
  CHECK(first.hash == second.hash);
  CHECK(first.events == second.events);
  CHECK(first.compared.feeds > 0);
  CHECK(first.compared.texts > 0);
  CHECK(first.found_at_members > 0);
}

}  // namespace comity::sim::nodes
