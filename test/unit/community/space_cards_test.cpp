// SPDX-License-Identifier: EUPL-1.2
// What a space says of itself, what is pinned in it, and to whom it is suggested.
#include <doctest/doctest.h>

#include "node/community/people/follows.h"
#include "node/community/spaces/suggest.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Two {
  World world{61};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  PersonRow maria = health.person("maria");
  PersonRow jo = finance.person("jo");

  Two() { world.pair(health, finance); }

  SpaceId share(const std::string& slug = "budget") {
    const auto id = health.create({.slug = slug, .kind = v1::SPACE_KIND_SHARED, .members = {finance.self()}});
    REQUIRE(id.ok());
    world.exchange();
    return *id;
  }
  EntryRef post(const SpaceId& space, const std::string& title) {
    const auto written = health.post({.author = "maria", .space = space, .title = title, .text = "x"});
    REQUIRE(written.ok());
    return ref_of(written->id);
  }
  Status pin(Agency& at, const SpaceId& space, const EntryRef& ref) {
    return at.finish([&](Done done) { at.spaces->pin(space, ref, done); });
  }
  Status unpin(Agency& at, const SpaceId& space, const EntryRef& ref) {
    return at.finish([&](Done done) { at.spaces->unpin(space, ref, done); });
  }
  Status describe(Agency& at, const SpaceId& space, NewDescription what) {
    return at.finish([&](Done done) { at.spaces->describe(space, what, done); });
  }
  static std::vector<EntryRef> pins(const Agency& at, const SpaceId& space) {
    return pins_of(*at.spaces->find(space)->card);
  }
};

}  // namespace

TEST_CASE("title and description are the steward's to change, and change everywhere") {
  Two at;
  const SpaceId space = at.share();
  CHECK(at.describe(at.health, space, {.description = "What it costs,\r\nand why"}).ok());
  CHECK(at.describe(at.health, space, {.title = "Budget 2027"}).ok());
  at.world.exchange();
  for (Agency* const agency : {&at.health, &at.finance}) {
    CHECK(agency->spaces->find(space)->title() == "Budget 2027");
    CHECK(agency->spaces->find(space)->card->description() == "What it costs,\nand why");
    CHECK(agency->spaces->find(space)->slug() == "budget");
  }
  at.health.restart();
  CHECK(at.health.spaces->find(space)->title() == "Budget 2027");
  const auto code = [&](Agency& agency, NewDescription what) {
    return at.describe(agency, space, std::move(what)).error().code;
  };
  CHECK(code(at.finance, {.title = "Mine"}) == Code::kNotSteward);
  CHECK(code(at.health, {.title = ""}) == Code::kTitleRule);
  CHECK(code(at.health, {.title = "a\nb"}) == Code::kTitleRule);
  CHECK(code(at.health, {.title = std::string(257, 'a')}) == Code::kTitleRule);
  CHECK(code(at.health, {.description = std::string(4097, 'a')}) == Code::kTextTooLong);
  CHECK(code(at.health, {.description = "a\x01"}) == Code::kTextRule);
  CHECK(code(at.health, {.description = "\xe2\x80\xae"}) == Code::kTextRule);
  CHECK(at.describe(at.health, at.world.random.next<SpaceId>(), {.title = "x"}).error().code ==
        Code::kSpaceUnknown);
  CHECK(at.health.spaces->find(space)->title() == "Budget 2027");
  CHECK(at.describe(at.health, space, {.description = ""}).ok());
  CHECK(at.health.spaces->find(space)->card->description().empty());
}

TEST_CASE("what is pinned is seen at every member, in order, and bounded") {
  Two at;
  const SpaceId space = at.share();
  const EntryRef first = at.post(space, "first");
  const EntryRef second = at.post(space, "second");
  CHECK(at.pin(at.health, space, second).ok());
  CHECK(at.pin(at.health, space, first).ok());
  at.world.exchange();
  CHECK(Two::pins(at.health, space) == std::vector<EntryRef>{second, first});
  CHECK(Two::pins(at.finance, space) == std::vector<EntryRef>{second, first});
  CHECK(at.pin(at.health, space, first).error().code == Code::kPinRule);
  CHECK(at.pin(at.finance, space, first).error().code == Code::kNotSteward);
  CHECK(at.unpin(at.health, space, second).ok());
  CHECK(at.unpin(at.health, space, second).error().code == Code::kPinRule);
  at.world.exchange();
  CHECK(Two::pins(at.finance, space) == std::vector<EntryRef>{first});

  for (std::size_t i = 1; i < Spaces::kMostPins; ++i)
    REQUIRE(at.pin(at.health, space, at.world.random.next<EntryRef>()).ok());
  CHECK(at.pin(at.health, space, at.world.random.next<EntryRef>()).error().code == Code::kPinRule);
  // What else is changed about the space leaves its pins alone.
  REQUIRE(at.describe(at.health, space, {.title = "Other"}).ok());
  REQUIRE(
      at.health.finish([&](Done done) { at.health.spaces->remove_member(space, at.finance.self(), done); })
          .ok());
  at.health.restart();
  CHECK(Two::pins(at.health, space).size() == Spaces::kMostPins);
}

TEST_CASE("a pin names a discussion by a hash: no id of another author's entry stands in a manifest") {
  Two at;
  const SpaceId space = at.share();
  const auto written = at.finance.post({.author = "jo", .space = space, .title = "t", .text = "x"});
  REQUIRE(written.ok());
  at.world.exchange();
  REQUIRE(at.pin(at.health, space, ref_of(written->id)).ok());
  const std::string card = at.health.spaces->find(space)->card->SerializeAsString();
  CHECK(card.find(std::string(proto::as_text(written->id.view()))) == std::string::npos);
  CHECK(card.find(std::string(proto::as_text(ref_of(written->id).view()))) != std::string::npos);
}

TEST_CASE("three spaces are suggested by name, by what one knows and by what goes on there") {
  Two at;
  const PersonRow ada = at.health.person("ada", "Statistics", {"mediation"});
  const auto create = [&](const std::string& slug, const std::string& title, const std::string& about = {}) {
    return at.health.create({.slug = slug, .title = title, .description = about}).value();
  };
  const SpaceId quiet = create("canteen", "Canteen");
  const SpaceId lively = create("garden", "Garden");
  const SpaceId skill = create("conflicts", "Conflicts", "Mediation and how to ask for it");
  const SpaceId unit = create("numbers", "Statistical numbers, statistics");
  const SpaceId named = create("reading", "Reading circle");
  const SpaceId others = create("board", "Statistics of the board");
  REQUIRE(
      at.health.finish([&](Done done) { at.health.spaces->add_reader(named, {.user = ada.id}, done); }).ok());
  REQUIRE(
      at.health.finish([&](Done done) { at.health.spaces->add_reader(others, {.user = at.maria.id}, done); })
          .ok());
  for (int i = 0; i < 3; ++i)
    REQUIRE(at.health.post({.author = "maria", .space = lively, .title = "t", .text = "x"}).ok());
  REQUIRE(at.health.message({.author = "maria", .to = {{at.health.self(), ada.id}}, .text = "x"}).ok());

  const auto suggested = [&] {
    const auto view = at.health.view();
    const auto sights = at.health.spaces->sights();
    PostReader posts(*view, *sights, at.health.peer.node.storage_key, at.health.as("ada"));
    const auto all = at.health.spaces->list();
    auto found = suggest_spaces(*view, posts, at.health.self(), ada, all, at.health.peer.node.now);
    REQUIRE(found.ok());
    std::vector<SpaceId> ids;
    for (const SuggestedSpace& one : *found) {
      CHECK_FALSE(one.reasons.empty());
      ids.push_back(one.space);
    }
    return ids;
  };
  const auto follow = [&](const SpaceId& space) {
    auto rows = follow_space(*at.health.view(), ada.id, space, kNoon);
    REQUIRE(at.health.peer.node.store->commit(*std::move(rows)).ok());
  };
  CHECK(suggested() == std::vector<SpaceId>{named, unit, skill});
  follow(named);
  CHECK(suggested() == std::vector<SpaceId>{unit, skill, lively});
  follow(unit);
  follow(skill);
  CHECK(suggested() == std::vector<SpaceId>{lively, quiet});
  follow(lively);
  follow(quiet);
  CHECK(suggested().empty());
}

}  // namespace comity::community
