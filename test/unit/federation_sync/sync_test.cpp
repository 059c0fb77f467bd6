// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Pair {
  explicit Pair(std::uint64_t seed = 1) : world(seed) {}
  World world;
  Site& a = world.add();
  Site& b = world.add();
  SpaceId space = world.random.next<SpaceId>();
};

}  // namespace

TEST_CASE("news of one feed has that feed looked at, and not all that were ever named") {
  World world(91);
  Site& a = world.add();
  Site& b = world.add();
  std::vector<FeedId> feeds;
  for (int i = 0; i < 60; ++i) {
    const SpaceId space = world.random.next<SpaceId>();
    feeds.push_back(a.open(space));
    a.audience(feeds.back(), {{b.id()}});
    a.post(feeds.back(), space);
  }
  world.connect(a, b);
  world.run();
  world.pass(std::chrono::seconds(1));
  check_equal(feeds.back(), {&a, &b});

  v1::Wire news;
  *news.mutable_vector()->add_feed() =
      to_message({feeds.front(), a.head(feeds.front()), a.head_id(feeds.front()), Seq{1}});
  const std::size_t before = b.limit_questions;
  CHECK(b.sync->message(a.id(), v1::LANE_CONTROL, std::move(news), 100));
  CHECK(b.limit_questions - before < feeds.size() / 10);
  CHECK(b.told.violations.empty());
}

TEST_CASE("what time alone makes possible is asked for without a message") {
  World world(92);
  Site& a = world.add();
  Site& b = world.add();
  const SpaceId space = world.random.next<SpaceId>();
  const FeedId feed = a.open(space);
  a.audience(feed, {{b.id()}});
  a.post(feed, space, 10);
  // Its day is used up before it names the feed for the first time.
  b.limits.entries = 5;
  const FeedId full = a.open(space);
  a.audience(full, {{b.id()}});
  for (int i = 0; i < 10; ++i)
    a.post(full, space);
  world.connect(a, b);
  world.run();
  REQUIRE(b.sync->quota_used(a.id()));
  const SpaceId later = world.random.next<SpaceId>();
  const FeedId fresh = a.open(later);
  a.audience(fresh, {{b.id()}});
  a.post(fresh, later);
  world.pass(std::chrono::seconds(2));
  CHECK(b.head(fresh) == Seq{0});
  b.limits.entries = 1000;
  for (int i = 0; i < 62; ++i)
    world.pass(std::chrono::seconds(1));
  check_equal(fresh, {&a, &b});
}

TEST_CASE("what one agency writes is held by the other, each entry once, and acknowledged") {
  Pair t;
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  t.a.post(feed, t.space, 150);
  t.world.connect(t.a, t.b);
  t.world.run();
  check_equal(feed, {&t.a, &t.b});
  CHECK(t.b.told.stored_ids.size() == raw(t.a.head(feed)));
  const auto headers = t.b.stored(feed);
  CHECK(t.b.peer.node.text(headers.back().header) == t.a.peer.node.text(headers.back().header));
  const auto lags = t.a.sync->lags(t.b.id());
  REQUIRE(lags.size() == 1);
  CHECK(lags[0].acked == lags[0].head);
  CHECK(raw(t.b.told.newest) == raw(headers.back().header.hlc));
  CHECK(t.world.byes.empty());
}

TEST_CASE("new entries are pushed as they come, and a feed that is opened later is told of") {
  Pair t;
  t.world.connect(t.a, t.b);
  t.world.run();
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  t.world.run();
  check_equal(feed, {&t.a, &t.b});
  for (int i = 0; i < 20; ++i) {
    t.a.post(feed, t.space);
    t.world.run();
    check_equal(feed, {&t.a, &t.b});
  }
  CHECK(t.a.told.violations.empty());
}

TEST_CASE("both write at the same time") {
  Pair t;
  const FeedId of_a = t.a.open(t.space);
  const FeedId of_b = t.b.open(t.space);
  t.a.audience(of_a, {{t.b.id()}});
  t.b.audience(of_b, {{t.a.id()}});
  t.world.connect(t.a, t.b);
  for (int i = 0; i < 30; ++i) {
    t.a.post(of_a, t.space, 3);
    t.b.post(of_b, t.space, 2);
    for (int j = 0; j < 5; ++j)
      t.world.step();
  }
  t.world.run();
  check_equal(of_a, {&t.a, &t.b});
  check_equal(of_b, {&t.a, &t.b});
}

TEST_CASE("a session begins with what changed since the vector that both agreed on") {
  Pair t;
  std::vector<FeedId> feeds;
  for (int i = 0; i < 5; ++i) {
    feeds.push_back(t.a.open(t.world.random.next<SpaceId>()));
    t.a.audience(feeds.back(), {{t.b.id()}});
  }
  t.world.connect(t.a, t.b);
  t.world.run();
  t.world.disconnect(t.a, t.b);
  CHECK(t.a.sync->hello_digest(t.b.id()).has_value());
  CHECK(t.a.sync->hello_digest(t.b.id()) == t.b.sync->hello_digest(t.a.id()));
  const auto space = t.a.sync->book().find(feeds[2])->state.space;
  t.a.post(feeds[2], space, 4);
  t.world.tapping = true;
  t.world.connect(t.a, t.b);
  t.world.run();
  check_equal(feeds[2], {&t.a, &t.b});
  t.a.post(feeds[0], t.a.sync->book().find(feeds[0])->state.space);
  t.world.run();
  check_equal(feeds[0], {&t.a, &t.b});
  t.world.disconnect(t.a, t.b);
  t.a.kill();
  t.b.kill();
  CHECK(t.a.sync->hello_digest(t.b.id()) == t.b.sync->hello_digest(t.a.id()));
  t.world.connect(t.a, t.b);
  t.world.run();
  for (const FeedId& feed : feeds)
    check_equal(feed, {&t.a, &t.b});
}

TEST_CASE("a member serves another agency's feed to a member that cannot reach the author") {
  Pair t;
  Site& c = t.world.add();
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}, {c.id()}});
  t.a.post(feed, t.space, 80);
  t.world.connect(t.a, t.b);
  t.world.connect(t.b, c);
  t.world.run();
  check_equal(feed, {&t.a, &t.b, &c});
  t.a.post(feed, t.space, 3);
  t.world.run();
  check_equal(feed, {&t.a, &t.b, &c});
  const auto headers = c.stored(feed);
  CHECK(c.peer.node.text(headers.back().header) == t.a.peer.node.text(headers.back().header));
}

TEST_CASE("a member does not pass on what it keeps in quarantine, and the author brings it") {
  Pair t;
  Site& c = t.world.add();
  t.b.ceiling = v1::TLP_CLEAR;
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}, {c.id()}});
  t.a.post(feed, t.space, 5);
  t.world.connect(t.a, t.b);
  t.world.run();
  const Seq head = t.a.head(feed);
  REQUIRE(t.b.head(feed) == head);
  REQUIRE(t.b.peer.withheld(feed, head) == feed::Withholding::kLabel);
  t.world.connect(t.b, c);
  t.world.run();
  CHECK(c.head(feed) < head);
  CHECK(std::ranges::count(c.told.their_refusals, v1::REASON_NOT_AVAILABLE) >= 1);
  CHECK(c.told.violations.empty());
  t.world.connect(t.a, c);
  t.world.run();
  REQUIRE(c.head(feed) == head);
  for (const auto& stored : c.stored(feed))
    CHECK(c.peer.withheld(feed, stored.header.seq) == feed::Withholding::kNone);
}

TEST_CASE("a member that is taken in again while it fetches what it may gets all") {
  for (int steps = 0; steps < 12; ++steps) {
    CAPTURE(steps);
    Pair t;
    const FeedId feed = t.a.open(t.space);
    t.a.audience(feed, {{t.b.id()}});
    t.a.post(feed, t.space, 3);
    t.world.connect(t.a, t.b);
    t.world.run();
    t.world.disconnect(t.a, t.b);
    t.a.audience(feed, {});
    t.a.post(feed, t.space, 2);
    t.world.connect(t.a, t.b);
    for (int i = 0; i < steps; ++i)
      (void)t.world.step();
    t.a.audience(feed, {{t.b.id()}});
    t.a.post(feed, t.space);
    t.world.run();
    check_equal(feed, {&t.a, &t.b});
    CHECK(t.b.told.violations.empty());
  }
}

TEST_CASE("the author is asked in preference, and another when it goes") {
  Pair t;
  Site& c = t.world.add();
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}, {c.id()}});
  t.a.post(feed, t.space, 5);
  t.world.connect(t.a, t.b);
  t.world.connect(t.b, c);
  t.world.run();
  CHECK(c.sync->source(feed) == t.b.id());
  t.world.connect(t.a, c);
  t.world.run();
  CHECK(c.sync->source(feed) == t.a.id());
  t.world.disconnect(t.a, c);
  t.world.run();
  CHECK(c.sync->source(feed) == t.b.id());
  t.a.post(feed, t.space, 5);
  t.world.run();
  check_equal(feed, {&t.a, &t.b, &c});
}

TEST_CASE("whoever holds entries that the author keeps from us is asked after a while") {
  Pair t;
  Site& c = t.world.add();
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}, {c.id()}});
  t.world.connect(t.a, t.b);
  t.world.connect(t.a, c);
  t.world.connect(t.b, c);
  t.world.run();
  // The author's session with c takes nothing more, and nobody notices.
  for (auto& [ab, ba] : t.world.sessions) {
    if (&ab->from == &t.a && &ab->to == &c) ab->room[v1::LANE_LIVE] = {0, 0};
  }
  t.a.post(feed, t.space, 5);
  t.world.run();
  CHECK(c.head(feed) < t.a.head(feed));
  for (int i = 0; i < 8; ++i)
    t.world.pass(std::chrono::seconds(1));
  check_equal(feed, {&t.a, &t.b, &c});
}

TEST_CASE("the author is served its own feed, and nobody is served an inside one") {
  Pair t;
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  const FeedId inside = t.a.peer.node.open(t.world.random.next<SpaceId>(), true);
  t.world.connect(t.a, t.b);
  t.world.run();
  CHECK(t.b.head(inside) == Seq{0});
  REQUIRE(t.b.sync->book().find(feed) != nullptr);
  const auto& known = *t.b.sync->book().find(feed);
  CHECK(entitled(known.state, known.audiences, t.a.id()) == Extent{});
  CHECK(t.a.told.own_heads.at(t.b.id()).seq() == raw(t.a.head(feed)));
}

TEST_CASE("a space that the door does not admit is refused, the others go on") {
  Pair t;
  const SpaceId other = t.world.random.next<SpaceId>();
  const FeedId refused = t.a.open(t.space);
  const FeedId taken = t.a.open(other);
  t.a.audience(refused, {{t.b.id()}});
  t.a.audience(taken, {{t.b.id()}});
  t.b.closed_spaces.insert(t.space);
  t.world.connect(t.a, t.b);
  t.world.run();
  CHECK(t.b.head(refused) == Seq{0});
  check_equal(taken, {&t.a, &t.b});
  REQUIRE(t.b.told.refusals.size() == 1);
  CHECK(t.b.told.refusals[0] == Code::kSpaceNotAllowed);
  CHECK(t.world.byes.empty());
  t.b.closed_spaces.clear();
  t.b.sync->door_changed();
  t.world.run();
  check_equal(refused, {&t.a, &t.b});
}

TEST_CASE("a peer brings no more new feeds in a day than its quota") {
  Pair t;
  t.b.limits.feeds = 3;
  std::vector<FeedId> feeds;
  for (int i = 0; i < 5; ++i) {
    feeds.push_back(t.a.open(t.world.random.next<SpaceId>()));
    t.a.audience(feeds.back(), {{t.b.id()}});
  }
  t.world.connect(t.a, t.b);
  t.world.run();
  const auto held = [&] {
    return std::count_if(feeds.begin(), feeds.end(),
                         [&](const FeedId& feed) { return t.b.head(feed) != Seq{0}; });
  };
  CHECK(held() == 3);
  t.world.pass(std::chrono::hours(25));
  CHECK(held() == 5);
}

TEST_CASE("large entries and many of them travel within credits and bounds") {
  Pair t(7);
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  for (int i = 0; i < 20; ++i) {
    v1::Content content;
    content.set_type("update");
    Bytes noise(100'000);
    t.world.random.fill(noise);
    content.set_data(feed::field(noise));
    t.a.peer.node.readers = {t.b.id()};
    t.a.peer.node.writer->append(
        feed, feed::content_draft(t.a.peer.node.decide(t.space), *feed::pack(proto::encode(content)),
                                  t.a.peer.node.note()));
    t.a.peer.node.run();
    t.a.post(feed, t.space, 70);
  }
  t.world.connect(t.a, t.b);
  t.world.run();
  check_equal(feed, {&t.a, &t.b});
}

TEST_CASE("new entries do not overtake old ones that wait on another lane") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Pair t(seed);
    const FeedId feed = t.a.open(t.space);
    t.a.audience(feed, {{t.b.id()}});
    t.a.post(feed, t.space, 90);
    t.world.connect(t.a, t.b);
    for (int i = 0; i < 40; ++i) {
      t.world.step();
      if (i % 3 == 0) t.a.post(feed, t.space);
    }
    t.world.run();
    check_equal(feed, {&t.a, &t.b});
    // Nothing had to be asked for twice.
    CHECK(t.world.sent[v1::Wire::kWant] == 1);
  }
}

TEST_CASE("rows ascend over pages, and a row that contradicts itself is refused") {
  std::vector<HeldRow> rows;
  SeededRandom random(3);
  for (int i = 0; i < 20; ++i)
    rows.push_back({random.next<FeedId>(), Seq{1}, random.next<EntryId>(), Seq{1}});
  std::sort(rows.begin(), rows.end(), [](const auto& x, const auto& y) { return x.feed < y.feed; });
  v1::Vector first;
  v1::Vector second;
  for (std::size_t i = 0; i < rows.size(); ++i)
    *(i < 10 ? first : second).add_feed() = to_message(rows[i]);
  const auto one = read_vector(first, std::nullopt);
  REQUIRE(one.ok());
  const auto two = read_vector(second, one->back().feed);
  REQUIRE(two.ok());
  CHECK(two->back() == rows.back());
  CHECK(read_vector(first, two->back().feed).error().code == Code::kVectorRule);
  auto wrong = first;
  wrong.mutable_feed(3)->clear_id();
  CHECK(read_vector(wrong, std::nullopt).error().code == Code::kVectorRule);
  wrong = first;
  wrong.mutable_feed(3)->set_have_from(2);
  CHECK(read_vector(wrong, std::nullopt).error().code == Code::kVectorRule);
  CHECK(vector_digest(rows) != vector_digest(std::span(rows).first(19)));
}

}  // namespace comity::federation
