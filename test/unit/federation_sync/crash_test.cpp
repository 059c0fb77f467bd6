// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Crash {
  explicit Crash(std::uint64_t seed) : world(seed) {
    a.audience(feed, {{b.id()}, {c.id()}});
    a.post(feed, space, 70);
    a.audience(feed, {{b.id()}, {c.id()}});
    a.post(feed, space, 40);
    world.connect(a, b);
    world.connect(b, c);
  }
  World world;
  Site& a = world.add();
  Site& b = world.add();
  Site& c = world.add();
  SpaceId space = world.random.next<SpaceId>();
  FeedId feed = a.open(space);
};

}  // namespace

TEST_CASE("a receiver killed between any two steps goes on from what it stored") {
  std::size_t steps = 0;
  {
    Crash whole(9);
    while (whole.world.step())
      ++steps;
    check_equal(whole.feed, {&whole.a, &whole.b, &whole.c});
  }
  REQUIRE(steps > 20);
  for (std::size_t at = 0; at <= steps; ++at) {
    CAPTURE(at);
    Crash t(9);
    for (std::size_t i = 0; i < at; ++i)
      t.world.step();
    t.b.kill();
    CHECK(t.b.stored(t.feed).size() == raw(t.b.head(t.feed)));
    t.world.connect(t.a, t.b);
    t.world.connect(t.b, t.c);
    t.world.run();
    check_equal(t.feed, {&t.a, &t.b, &t.c});
    CHECK(t.world.byes.empty());
    // What was acknowledged is what is held.
    CHECK(t.a.sync->lags(t.b.id())[0].acked == t.a.head(t.feed));
  }
}

TEST_CASE("killed at both ends again and again, while entries are written") {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    CAPTURE(seed);
    Crash t(100 + seed);
    for (int round = 0; round < 12; ++round) {
      for (std::uint64_t i = 0; i < t.world.random.below(25); ++i)
        t.world.step();
      Site& victim = *t.world.sites[t.world.random.below(3)];
      victim.kill();
      t.a.post(t.feed, t.space, 1);
      t.world.disconnect_all(t.b);
      t.world.connect(t.a, t.b);
      t.world.connect(t.b, t.c);
    }
    t.world.run();
    check_equal(t.feed, {&t.a, &t.b, &t.c});
    CHECK(t.c.stored(t.feed).size() == raw(t.a.head(t.feed)));
    CHECK(t.world.byes.empty());
    for (const auto& site : t.world.sites)
      CHECK(site->told.ahead.empty());
  }
}

TEST_CASE("messages that get lost cost time and nothing else") {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    CAPTURE(seed);
    Crash t(200 + seed);
    t.world.loss = 15;
    for (int round = 0; round < 10; ++round) {
      t.world.pass(std::chrono::seconds(1));
      t.a.post(t.feed, t.space, 5);
      t.world.run();
      t.world.disconnect_all(t.b);
      t.world.connect(t.a, t.b);
      t.world.connect(t.b, t.c);
    }
    t.world.run();
    t.world.loss = 0;
    t.world.disconnect_all(t.b);
    t.world.connect(t.a, t.b);
    t.world.connect(t.b, t.c);
    t.world.run();
    for (int i = 0; i < 10; ++i)
      t.world.pass(std::chrono::seconds(1));
    check_equal(t.feed, {&t.a, &t.b, &t.c});
    // Gaps are all that anybody may be accused of here.
    for (const auto& site : t.world.sites) {
      for (const Error& error : site->told.violations)
        CHECK(error.code == Code::kFeedGap);
    }
  }
}

TEST_CASE("a store that takes nothing is asked again later") {
  Crash t(300);
  t.world.run();
  // Another writer changes the feed's row behind the ingester's back: its next batch fails by its guard.
  auto state = *feed::find_feed(*t.b.peer.node.view(), t.feed).value();
  const auto sound = feed::encode(state);
  state.rekey = !state.rekey;
  storage::Batch meddled;
  meddled.put(feed::kFeeds.key(t.feed), feed::encode(state));
  REQUIRE(t.b.peer.node.store->commit(std::move(meddled)).ok());
  t.a.post(t.feed, t.space, 3);
  t.world.run();
  REQUIRE(t.b.told.refusals.size() == 1);
  CHECK(t.b.told.refusals[0] == Code::kStoreGuardFailed);
  CHECK(t.b.head(t.feed) < t.a.head(t.feed));
  t.world.pass(std::chrono::seconds(31));
  check_equal(t.feed, {&t.a, &t.b});
  CHECK(t.world.byes.empty());
}

}  // namespace comity::federation
