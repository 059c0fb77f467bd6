// SPDX-License-Identifier: EUPL-1.2
// What a peer may bring in a day (research/operators.md 2.4, row 10).
#include <doctest/doctest.h>

#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using std::chrono::seconds;

struct Three {
  explicit Three(std::uint64_t seed = 71) : world(seed) {}
  World world;
  Site& a = world.add();
  Site& b = world.add();
  Site& c = world.add();
  SpaceId space = world.random.next<SpaceId>();
};

std::uint64_t held(const Site& site, const FeedId& feed) {
  return raw(site.head(feed));
}

}  // namespace

TEST_CASE(
    "entries of a day: what is above waits, both sides know, and goes on by itself when the day turns") {
  Three t;
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  for (int i = 0; i < 58; ++i)
    t.a.post(feed, t.space);
  const std::uint64_t all = held(t.a, feed);
  t.b.limits.entries = 25;
  t.world.connect(t.a, t.b);
  t.world.run();
  CHECK(held(t.b, feed) <= 25);
  CHECK(held(t.b, feed) > 0);
  REQUIRE_FALSE(t.a.told.their_refusals.empty());
  CHECK(t.a.told.their_refusals.back() == v1::REASON_QUOTA);
  CHECK(t.b.told.refusals.back() == Code::kQuotaUsed);
  CHECK(t.b.sync->quota_used(t.a.id()));
  // Nothing is asked again before its time, whatever the author goes on to write.
  const int wants = t.world.sent[v1::Wire::kWant];
  const int batches = t.world.sent[v1::Wire::kBatch];
  for (int i = 0; i < 20; ++i) {
    t.a.post(feed, t.space);
    t.world.pass(seconds(1));
  }
  CHECK(t.world.sent[v1::Wire::kWant] == wants);
  CHECK(t.world.sent[v1::Wire::kBatch] == batches);
  CHECK(held(t.b, feed) <= 25);
  // Own users post as ever, and what they write leaves.
  const FeedId own = t.b.open(t.space);
  t.b.audience(own, {{t.a.id()}});
  t.b.post(own, t.space, 40);
  t.world.run();
  check_equal(own, {&t.a, &t.b});

  std::uint64_t before = held(t.b, feed);
  for (int day = 0; day < 2; ++day) {
    t.world.pass(hours(24));
    t.world.pass(seconds(1));
    CHECK(held(t.b, feed) > before);
    CHECK(held(t.b, feed) <= before + 25);
    before = held(t.b, feed);
  }
  t.world.pass(hours(24));
  t.world.pass(seconds(1));
  t.world.pass(hours(24));
  t.world.pass(seconds(1));
  CHECK(held(t.b, feed) == all + 20);
  CHECK(t.world.byes.empty());
}

TEST_CASE("bytes of a day are counted too, and neither a new session nor a restart gives a second quota") {
  Three t(72);
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  for (int i = 0; i < 40; ++i)
    t.a.post(feed, t.space);
  t.b.limits.bytes = 6000;
  t.world.connect(t.a, t.b);
  t.world.run();
  const std::uint64_t first = held(t.b, feed);
  CHECK(first > 0);
  CHECK(first < held(t.a, feed));
  std::size_t bytes = 0;
  for (const auto& stored : t.b.stored(feed)) {
    const auto view = t.b.peer.node.view();
    bytes += stored.bytes.size() + stored.sig.size() +
             feed::FeedReader(*view, t.b.peer.node.storage_key).body(stored.header)->size();
  }
  CHECK(bytes <= 6000);
  t.world.pass(seconds(1));
  t.world.disconnect(t.a, t.b);
  t.world.connect(t.a, t.b);
  t.world.run();
  CHECK(held(t.b, feed) == first);
  // The counts were written behind: a stop in order keeps them.
  t.world.pass(seconds(1));
  t.b.open(t.world.random.next<SpaceId>());  // its fsync covers what was written before
  t.b.kill();
  t.world.connect(t.a, t.b);
  t.world.run();
  // At most what the room that was left over lets in.
  CHECK(held(t.b, feed) <= first + 1);
  // A wider agreement counts at once.
  t.b.limits.bytes = 0;
  t.b.sync->door_changed();
  t.world.run();
  check_equal(feed, {&t.a, &t.b});
}

TEST_CASE("an author that has used its quota up does not come in by way of others") {
  Three t(73);
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}, {t.c.id()}});
  for (int i = 0; i < 30; ++i)
    t.a.post(feed, t.space);
  t.c.limits_of[t.a.id()] = {.entries = 10};
  t.world.connect(t.a, t.b);
  t.world.run();
  t.world.connect(t.b, t.c);
  t.world.connect(t.a, t.c);
  for (int i = 0; i < 20; ++i)
    t.world.pass(seconds(1));
  CHECK(held(t.c, feed) <= 10);
  check_equal(feed, {&t.a, &t.b});
}

TEST_CASE("whoever carries for others spends its own quota, and another way is taken") {
  Three t(74);
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}, {t.c.id()}});
  for (int i = 0; i < 30; ++i)
    t.a.post(feed, t.space);
  t.c.limits_of[t.b.id()] = {.entries = 10};
  t.world.connect(t.a, t.b);
  t.world.connect(t.b, t.c);
  t.world.run();
  CHECK(held(t.c, feed) <= 10);
  t.world.connect(t.a, t.c);
  for (int i = 0; i < 3; ++i)
    t.world.pass(seconds(1));
  check_equal(feed, {&t.a, &t.c});
}

TEST_CASE("a run that is longer than a whole day's quota gets through, one a day") {
  Three t(75);
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  t.a.post(feed, t.space, 60);  // one signature
  t.a.post(feed, t.space, 60);
  t.b.limits.entries = 20;
  t.world.connect(t.a, t.b);
  t.world.run();
  std::uint64_t before = held(t.b, feed);
  for (int day = 0; day < 12 && held(t.b, feed) < held(t.a, feed); ++day) {
    t.world.pass(hours(24));
    t.world.pass(seconds(1));
    CHECK(held(t.b, feed) > before);
    before = held(t.b, feed);
  }
  check_equal(feed, {&t.a, &t.b});
}

TEST_CASE("runs that an author never signed use up nothing of its day, and the sender's own day is its own") {
  Three t(77);
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}, {t.c.id()}});
  t.a.post(feed, t.space, 20);
  t.world.connect(t.a, t.b);
  t.world.run();
  t.world.disconnect(t.a, t.b);
  t.c.limits_of[t.a.id()] = {.entries = 30};
  const auto spoil = [&] {
    for (auto& [one, other] : t.world.sessions) {
      for (Pipe* const pipe : {one.get(), other.get()}) {
        if (&pipe->from != &t.b) continue;
        for (auto& [lane, queue] : pipe->waiting) {
          for (Bytes& bytes : queue) {
            v1::Wire wire;
            REQUIRE(wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
            if (!wire.has_batch() || wire.batch().entry_size() < 2) continue;
            // The same once more gives the right one back: each message is bent once.
            std::string& sig =
                *wire.mutable_batch()->mutable_entry(wire.batch().entry_size() - 1)->mutable_sig();
            sig.back() = '\x7f';
            bytes = proto::encode(wire);
          }
        }
      }
    }
  };
  for (std::size_t round = 1; round <= 4; ++round) {
    t.world.connect(t.b, t.c);
    spoil();
    for (int i = 0; i < 10'000 && t.world.step(); ++i)
      spoil();
    REQUIRE(t.c.told.violations.size() == round);
    CHECK_FALSE(t.c.sync->quota_used(t.a.id()));
  }
  // What comes before the run is the author's, and is held.
  CHECK(held(t.c, feed) < held(t.a, feed));
  t.world.connect(t.a, t.c);
  t.world.run();
  check_equal(feed, {&t.a, &t.c});

  // What an agency brings for others counts as its own, whatever becomes of it.
  t.c.limits_of[t.b.id()] = {.entries = 30};
  t.c.sync->door_changed();
  CHECK(t.c.sync->quota_used(t.b.id()));
}

TEST_CASE("our own lost entries count against nobody") {
  Three t(76);
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  t.a.post(feed, t.space, 50);
  t.world.connect(t.a, t.b);
  t.world.run();
  t.world.disconnect(t.a, t.b);
  // As if put back from a copy that knows nothing of the feed.
  t.a.kill([](storage::MemoryDisk& disk) {
    disk.rows.clear();
    disk.changes.clear();
  });
  t.a.limits.entries = 5;
  t.world.connect(t.a, t.b);
  t.world.run();
  check_equal(feed, {&t.a, &t.b});
  CHECK_FALSE(t.a.sync->quota_used(t.b.id()));
}

}  // namespace comity::federation
