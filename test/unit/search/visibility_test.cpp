// SPDX-License-Identifier: EUPL-1.2
// A search shows and counts what its reader may read, and nothing else.
#include "test/unit/search/indexed.h"

namespace comity::community::search::test {
namespace {

/// What somebody learns from a search for a word: rows, counts, and whether there is another page.
struct Learned {
  std::size_t rows = 0;
  std::uint64_t counted = 0;
  bool more = false;
  friend bool operator==(const Learned&, const Learned&) = default;
};

Learned learn(Indexed& at, const std::string& word, const Reader& who, Sort sort = Sort::kNewest) {
  const auto page = at.page({.text = word, .sort = sort, .facets = true}, who);
  REQUIRE(page.ok());
  std::uint64_t by_space = 0;
  for (const auto& [space, count] : page->facets->space)
    by_space += count;
  CHECK(by_space == page->facets->counted);
  return {page->rows.size(), page->facets->counted, !page->next.empty()};
}

constexpr Learned kNothing{};
constexpr Learned kOne{1, 1, false};

}  // namespace

TEST_CASE("readers that are listed find, others learn nothing, and a change of the rule holds at once") {
  Office at;
  at.post("aardvark in the desk space");
  at.index.follow();
  const Reader maria = at.health.as("maria");
  const Reader bob = at.health.as("bob");
  for (const Sort sort : {Sort::kNewest, Sort::kRelevance}) {
    CHECK(learn(at.index, "aardvark", bob, sort) == kOne);
    CHECK(learn(at.index, "aardvark", Agency::op(), sort) == kOne);
    CHECK(learn(at.index, "aardvark", Reader(), sort) == kOne);
  }
  REQUIRE(at.health
              .finish([&](Done done) {
                at.health.spaces->add_reader(at.space, {.user = at.maria.id}, std::move(done));
              })
              .ok());
  // The index has not been asked to do anything.
  for (const Sort sort : {Sort::kNewest, Sort::kRelevance}) {
    CHECK(learn(at.index, "aardvark", maria, sort) == kOne);
    CHECK(learn(at.index, "aardvark", bob, sort) == kNothing);
    CHECK(learn(at.index, "aardvark", Reader(), sort) == kNothing);
  }
  CHECK(at.index.page({.text = "aardvark", .space = at.space}, bob).error().code == Code::kSpaceUnknown);
  REQUIRE(at.health
              .finish([&](Done done) {
                at.health.spaces->add_reader(at.space, {.user = UserId(), .unit = "finance"},
                                             std::move(done));
              })
              .ok());
  CHECK(learn(at.index, "aardvark", at.health.as("bob")) == kOne);
}

TEST_CASE(
    "a circle is found by its people, the operator not among them; a suspended agency's words by nobody") {
  World world{71};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  const PersonRow maria = health.person("maria");
  health.person("bob");
  const PersonRow jo = finance.person("jo");
  finance.person("ann");
  world.pair(health, finance);
  for (const auto& agency : world.agencies)
    agency->refresh();
  world.exchange();
  REQUIRE(health.message({.author = "maria", .to = {{finance.self(), jo.id}}, .text = "a secret bumblebee"})
              .ok());
  const SpaceId shared =
      finance
          .create(
              {.slug = "forum", .title = "Forum", .kind = v1::SPACE_KIND_SHARED, .members = {health.self()}})
          .value();
  world.exchange();
  REQUIRE(finance.post({.author = "jo", .space = shared, .title = "t", .text = "a public butterfly"}).ok());
  world.exchange();
  Indexed at_health(health);
  Indexed at_finance(finance);
  at_health.follow();
  at_finance.follow();
  CHECK(learn(at_health, "bumblebee", health.as("maria")) == kOne);
  CHECK(learn(at_health, "bumblebee", health.as("bob")) == kNothing);
  CHECK(learn(at_health, "bumblebee", Agency::op()) == kNothing);
  CHECK(learn(at_health, "bumblebee", Agency::op(), Sort::kRelevance) == kNothing);
  CHECK(learn(at_finance, "bumblebee", finance.as("jo")) == kOne);
  CHECK(learn(at_finance, "bumblebee", finance.as("ann")) == kNothing);

  CHECK(learn(at_health, "butterfly", health.as("bob")) == kOne);
  health.hidden.insert(finance.self());
  health.spaces->peers_changed();
  health.run();
  CHECK(learn(at_health, "butterfly", health.as("bob")) == kNothing);
  CHECK(learn(at_health, "butterfly", Agency::op()) == kNothing);
  health.hidden.clear();
  health.spaces->peers_changed();
  health.run();
  CHECK(learn(at_health, "butterfly", health.as("bob")) == kOne);
}

TEST_CASE("hits of spaces that are not for the reader neither fill pages nor cut them short") {
  Office at;
  at.index.part = 64;
  at.index.start();
  const SpaceId closed =
      at.health.create({.slug = "closed", .title = "Closed", .kind = v1::SPACE_KIND_INSIDE}).value();
  at.post("walrus for everybody, old");
  for (int i = 0; i < 620; ++i) {
    at.health.peer.node.now += std::chrono::milliseconds(1);
    REQUIRE(at.health.post({.author = "maria", .space = closed, .title = "t", .text = "walrus walrus walrus"})
                .ok());
  }
  at.post("walrus for everybody, new");
  REQUIRE(at.health
              .finish([&](Done done) {
                at.health.spaces->add_reader(closed, {.user = at.maria.id}, std::move(done));
              })
              .ok());
  at.index.follow();
  at.index.tidy();
  const Reader bob = at.health.as("bob");
  const auto both = Texts{"walrus for everybody, new", "walrus for everybody, old"};
  for (const Sort sort : {Sort::kNewest, Sort::kRelevance}) {
    auto found = at.index.all({.text = "walrus", .sort = sort, .limit = 1}, bob);
    std::sort(found.begin(), found.end());
    CHECK(found == both);
    CHECK(learn(at.index, "walrus", bob, sort) == Learned{2, 2, false});
  }
  CHECK(learn(at.index, "walrus", at.health.as("maria")) == Learned{50, 622, true});
}

}  // namespace comity::community::search::test
