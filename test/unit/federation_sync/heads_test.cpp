// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "node/feed/fork_proofs.h"
#include "node/feed/tables.h"
#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using std::chrono::minutes;

struct Three {
  explicit Three(std::uint64_t seed = 41) : world(seed) {
    a.audience(feed, {{b.id()}, {c.id()}});
    world.connect(a, b);
    world.connect(b, c);
    world.run();
  }
  World world;
  Site& a = world.add();
  Site& b = world.add();
  Site& c = world.add();
  SpaceId space = world.random.next<SpaceId>();
  FeedId feed = a.open(space);
};

}  // namespace

TEST_CASE("an author speaks of its head every ten minutes while it writes, every hour while it does not") {
  Three t;
  const auto count = [&] { return t.world.sent[v1::Wire::kHead]; };
  t.world.pass(minutes(1));
  const int first = count();
  CHECK(first > 0);
  for (int i = 0; i < 58; ++i)
    t.world.pass(minutes(1));
  CHECK(count() == first);
  t.world.pass(minutes(2));
  const int hourly = count();
  CHECK(hourly > first);
  t.a.post(t.feed, t.space);
  t.world.run();
  for (int i = 0; i < 9; ++i)
    t.world.pass(minutes(1));
  CHECK(count() == hourly);
  t.world.pass(minutes(2));
  CHECK(count() > hourly);
}

TEST_CASE("a statement reaches a member through another one, is kept over a restart, and grows old") {
  Three t;
  t.world.pass(minutes(1));
  const auto fresh = t.c.sync->freshness(t.feed);
  REQUIRE(fresh.ok());
  REQUIRE(fresh->newest);
  CHECK(fresh->newest->seq == t.a.head(t.feed));
  CHECK_FALSE(fresh->possibly_stale);
  CHECK_FALSE(fresh->behind);
  t.c.kill();
  CHECK(t.c.sync->freshness(t.feed)->newest->id == fresh->newest->id);
  t.world.now += hours(2);
  CHECK_FALSE(t.c.sync->freshness(t.feed)->possibly_stale);
  t.world.now += hours(1) + minutes(1);
  CHECK(t.c.sync->freshness(t.feed)->possibly_stale);
  CHECK_FALSE(t.a.sync->freshness(t.feed)->possibly_stale);
  CHECK(t.c.sync->freshness(t.world.random.next<FeedId>()).error().code == Code::kFeedUnknown);
}

TEST_CASE("what an author told of its own feed is remembered; nobody else's word of it counts") {
  Three t;
  t.world.pass(minutes(1));
  t.world.disconnect(t.a, t.b);
  t.a.post(t.feed, t.space, 5);
  t.world.connect(t.a, t.b);
  t.world.run();
  CHECK(t.b.sync->claimed(t.feed) == t.a.head(t.feed));
  t.world.disconnect(t.a, t.b);
  CHECK(t.b.sync->claimed(t.feed) == t.a.head(t.feed));
  check_equal(t.feed, {&t.a, &t.c});
  CHECK(t.c.sync->claimed(t.feed) == Seq{0});
  CHECK(t.c.sync->claimed(t.world.random.next<FeedId>()) == Seq{0});
}

TEST_CASE("after entries that followed a statement the next one is due sooner") {
  Three t;
  t.world.pass(minutes(1));
  t.a.post(t.feed, t.space);
  t.world.run();
  t.world.disconnect_all(t.b);
  t.world.now += minutes(29);
  CHECK_FALSE(t.b.sync->freshness(t.feed)->possibly_stale);
  t.world.now += minutes(2);
  CHECK(t.b.sync->freshness(t.feed)->possibly_stale);
}

TEST_CASE("a statement about an entry before somebody's history is not passed on to them") {
  Three t;
  t.world.pass(minutes(1));
  REQUIRE(t.b.sync->freshness(t.feed)->newest);
  t.a.post(t.feed, t.space, 3);
  t.world.run();
  Site& late = t.world.add();
  t.a.audience(t.feed, {{t.b.id()}, {t.c.id()}, {late.id(), raw(t.a.head(t.feed)) + 1}});
  t.world.connect(t.a, late);
  t.world.run();
  REQUIRE(late.head(t.feed) == t.a.head(t.feed));
  CHECK_FALSE(late.sync->freshness(t.feed)->newest);
}

TEST_CASE("a statement from far ahead keeps out none that are true, neither at others nor at its author") {
  Three t;
  t.world.pass(minutes(1));
  const auto key = feed::SigningKey{&t.a.peer.node.pair, t.a.peer.node.key_id, 1};
  const auto say = [&](Site& to, Hlc hlc) {
    v1::Wire wire;
    *wire.mutable_head() = sign_head(t.a.sync->book().find(t.feed)->state.end, hlc, key);
    to.sync->message(t.a.id(), v1::LANE_CONTROL, std::move(wire), 300);
  };
  const auto known = t.b.sync->freshness(t.feed)->newest;
  REQUIRE(known);
  say(t.b, feed::make_hlc(t.world.now + hours(24 * 365)));
  t.world.run();
  CHECK(t.b.sync->freshness(t.feed)->newest->hlc == known->hlc);
  CHECK(t.c.sync->freshness(t.feed)->newest->hlc == known->hlc);
  CHECK(t.b.told.violations.empty());
  t.world.pass(hours(1) + minutes(1));
  t.world.pass(minutes(1));
  CHECK(t.b.sync->freshness(t.feed)->newest->hlc > known->hlc);
  // A little ahead is no fault: clocks differ.
  const Hlc near = feed::make_hlc(t.world.now + minutes(4));
  say(t.b, near);
  CHECK(t.b.sync->freshness(t.feed)->newest->hlc == near);

  // Its author's clock was an hour ahead when it spoke, and is right again.
  t.world.now += hours(3);
  t.world.pass(minutes(1));
  const Hlc wrong = t.b.sync->freshness(t.feed)->newest->hlc;
  t.world.now -= hours(2);
  t.world.pass(minutes(1));
  t.world.run();
  CHECK(t.b.sync->freshness(t.feed)->newest->hlc < wrong);
  CHECK(feed::hlc_time(t.b.sync->freshness(t.feed)->newest->hlc) <= t.world.now);
}

TEST_CASE(
    "a statement under another key ends the session; an old one, or of a feed not known, says nothing") {
  Three t;
  t.world.pass(minutes(1));
  const auto end = t.a.sync->book().find(t.feed)->state.end;
  const auto key = t.a.sync->book().find(t.feed)->state.own
                       ? feed::SigningKey{&t.a.peer.node.pair, t.a.peer.node.key_id, 1}
                       : feed::SigningKey{};
  const auto say = [&](const v1::SignedHeadStatement& message) {
    v1::Wire wire;
    *wire.mutable_head() = message;
    t.b.sync->message(t.a.id(), v1::LANE_CONTROL, std::move(wire), 300);
  };
  const auto known = t.b.sync->freshness(t.feed)->newest->hlc;
  say(sign_head(end, Hlc{1}, key));
  CHECK(t.b.sync->freshness(t.feed)->newest->hlc == known);
  auto elsewhere = end;
  elsewhere.feed = t.world.random.next<FeedId>();
  say(sign_head(elsewhere, Hlc{raw(known) + 1}, key));
  CHECK(t.b.told.violations.empty());
  auto forged = sign_head(end, Hlc{raw(known) + 1}, key);
  (*forged.mutable_sig())[3] = static_cast<char>(forged.sig()[3] ^ 1);
  say(forged);
  REQUIRE(t.b.told.violations.size() == 1);
  CHECK(t.b.told.violations[0].code == Code::kHeadRule);
  CHECK(t.b.sync->freshness(t.feed)->newest->hlc == known);
}

TEST_CASE("a statement by a revoked key does not count") {
  Three t;
  const auto end = t.a.sync->book().find(t.feed)->state.end;
  t.b.peer.signers.keys[t.a.peer.node.key_id].revoked_since = kNoon - hours(1);
  v1::Wire wire;
  *wire.mutable_head() =
      sign_head(end, feed::make_hlc(t.world.now), {&t.a.peer.node.pair, t.a.peer.node.key_id, 1});
  t.b.sync->message(t.a.id(), v1::LANE_CONTROL, std::move(wire), 300);
  CHECK_FALSE(t.b.sync->freshness(t.feed)->newest);
}

namespace {

/// One author, two stores: what a copied disk does.
struct Twins {
  explicit Twins(std::uint64_t seed) : world(seed) {
    a.audience(feed, {{b.id()}, {c.id()}});
    a.post(feed, space, 3);
    world.connect(a, b);
    world.connect(a, c);
    world.run();
    world.disconnect_all(a);
    // The disk as it was, to come back to.
    storage::MemoryDisk& disk = *a.disk;
    const std::lock_guard lock(disk.mutex);
    rows = disk.rows;
    latest = disk.latest;
    durable = disk.durable;
    changes = disk.changes;
  }
  // The other copy of the disk, as if nothing had been written since.
  void go_back() {
    a.kill([this](storage::MemoryDisk& disk) {
      disk.rows = rows;
      disk.latest = latest;
      disk.durable = durable;
      disk.changes = changes;
    });
  }
  World world;
  Site& a = world.add();
  Site& b = world.add();
  Site& c = world.add();
  SpaceId space = world.random.next<SpaceId>();
  FeedId feed = a.open(space);
  std::map<Bytes, storage::MemoryDisk::History, storage::KeyOrder> rows{};
  storage::Version latest{};
  storage::Version durable{};
  std::map<storage::Version, storage::Change> changes{};
};

}  // namespace

TEST_CASE("two branches are proven when members exchange heads; the feed is frozen at all of them") {
  for (const int more : {1, 3}) {
    CAPTURE(more);
    Twins t(51);
    t.a.post(t.feed, t.space, 2);
    t.world.connect(t.a, t.b);
    t.world.run();
    const Seq one = t.b.head(t.feed);
    CHECK(one == t.a.head(t.feed));
    t.go_back();
    t.a.post(t.feed, t.space, 1 + more);
    t.world.connect(t.a, t.c);
    t.world.run();
    CHECK(t.c.head(t.feed) == t.a.head(t.feed));
    t.world.disconnect_all(t.a);
    t.world.connect(t.b, t.c);
    t.world.run();
    for (Site* const site : {&t.b, &t.c}) {
      CHECK(site->peer.state(t.feed).frozen == Code::kFeedForked);
      CHECK(site->told.forks.size() == 1);
      CHECK(site->told.violations.empty());
      const auto proof = feed::find_fork_proof(*site->peer.node.view(), t.feed);
      REQUIRE(proof.ok());
      REQUIRE(proof->has_value());
      CHECK(feed::verify_fork(**proof, site->peer.signers).ok());
    }
    // Its author hears of it too, and is told that members hold what it does not.
    t.world.connect(t.a, t.b);
    t.world.run();
    CHECK(t.a.told.own_forks.size() + t.a.told.ahead.size() > 0);
  }
}

TEST_CASE("a proof that proves nothing ends the session and freezes nothing") {
  Three t;
  t.a.post(t.feed, t.space, 3);
  t.world.run();
  const auto view = t.a.peer.node.view();
  const feed::FeedReader reader(*view, t.a.peer.node.storage_key);
  v1::Wire wire;
  *wire.mutable_fork()->mutable_a() = *reader.evidence(t.feed, Seq{2});
  *wire.mutable_fork()->mutable_b() = *reader.evidence(t.feed, Seq{2});
  t.b.sync->message(t.c.id(), v1::LANE_CONTROL, std::move(wire), 2000);
  REQUIRE(t.b.told.violations.size() == 1);
  CHECK(t.b.told.violations[0].code == Code::kFeedProof);
  CHECK_FALSE(t.b.peer.state(t.feed).frozen);
}

TEST_CASE("a member that was restored from a copy is served again what it lost") {
  Twins t(52);
  t.a.post(t.feed, t.space, 5);
  t.world.connect(t.a, t.b);
  t.world.run();
  t.world.disconnect_all(t.a);
  t.go_back();
  t.world.connect(t.a, t.b);
  t.world.run();
  REQUIRE_FALSE(t.a.told.ahead.empty());
  CHECK(t.a.told.ahead[0].seq() == raw(t.b.head(t.feed)));
  // The author may have its own entries back.
  const auto& known = *t.b.sync->book().find(t.feed);
  CHECK(known.row_for(t.a.id())->seq == t.b.head(t.feed));
}

TEST_CASE("a withdrawal is answered once by each holder, and its author sees by whom") {
  Three t;
  const FeedId of_b = t.b.open(t.space);
  t.b.audience(of_b, {{t.a.id()}, {t.c.id()}});
  t.a.post(t.feed, t.space, 3);
  t.world.run();
  const auto target = t.a.stored(t.feed).back().header;
  t.a.peer.node.writer->append(
      t.feed, feed::withdraw_draft(target, v1::WITHDRAW_REASON_AUTHOR, feed::test::Node::packed("wrong"),
                                   t.a.peer.node.note()));
  t.a.peer.node.run();
  t.a.tell();
  t.world.run();
  REQUIRE(t.b.told.receipts.size() == 1);
  const ReceiptDue due = t.b.told.receipts[0];
  CHECK(due.target == feed::ref_of(target.id));
  CHECK(due.space == t.space);
  CHECK(due.outcome == v1::WITHDRAW_OUTCOME_HIDDEN);
  REQUIRE(t.c.told.receipts.size() == 1);

  // Before it is written, a restart asks for it again.
  t.b.kill();
  CHECK(t.b.told.receipts.size() == 2);
  t.b.peer.node.writer->append(
      of_b, feed::receipt_draft(due.withdraw, due.target, due.outcome, t.b.peer.node.note()));
  t.b.peer.node.run();
  t.b.tell();
  t.b.kill();
  CHECK(t.b.told.receipts.size() == 2);
  t.world.connect(t.a, t.b);
  t.world.run();
  const auto seen = receipts_of(*t.a.peer.node.view(), due.withdraw);
  REQUIRE(seen.ok());
  REQUIRE(seen->size() == 1);
  CHECK(seen->at(t.b.id()) == v1::WITHDRAW_OUTCOME_HIDDEN);
}

TEST_CASE("a withdrawal by an agency without the right is refused, of what is not held it is said so") {
  Three t;
  const FeedId of_b = t.b.open(t.space);
  t.b.audience(of_b, {{t.a.id()}, {t.c.id()}});
  t.a.post(t.feed, t.space, 1);
  t.world.run();
  const auto target = t.a.stored(t.feed).back().header;
  auto absent = target;
  absent.id = t.world.random.next<EntryId>();
  for (const auto& what : {target, absent}) {
    t.b.peer.node.writer->append(
        of_b, feed::withdraw_draft(what, v1::WITHDRAW_REASON_MODERATION, feed::test::Node::packed("no"),
                                   t.b.peer.node.note()));
  }
  t.b.peer.node.run();
  t.b.tell();
  t.world.run();
  REQUIRE(t.a.told.receipts.size() == 2);
  CHECK(t.a.told.receipts[0].outcome == v1::WITHDRAW_OUTCOME_REFUSED);
  CHECK(t.a.told.receipts[1].outcome == v1::WITHDRAW_OUTCOME_NOT_HELD);
}

}  // namespace comity::federation
