// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Three {
  explicit Three(std::uint64_t seed = 5) : world(seed) {}
  World world;
  Site& a = world.add();
  Site& b = world.add();
  Site& c = world.add();
  SpaceId space = world.random.next<SpaceId>();
};

Seq last_audience(const Site& site, const FeedId& feed) {
  return feed::get_feed(*site.peer.node.view(), feed)->end.audience_seq;
}

}  // namespace

TEST_CASE("a relay carries what it cannot read") {
  Three t;
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}}, {t.c.id()});
  t.a.post(feed, t.space, 100);
  t.world.connect(t.a, t.c);
  t.world.connect(t.c, t.b);
  t.world.run();
  check_equal(feed, {&t.a, &t.b, &t.c});
  const auto header = t.b.stored(feed).back().header;
  CHECK(t.b.peer.node.text(header) == t.a.peer.node.text(header));
  const auto view = t.c.peer.node.view();
  const auto content = feed::FeedReader(*view, t.c.peer.node.storage_key).content(header);
  CHECK(content.error().code == Code::kFeedNoKey);
}

TEST_CASE("a removed agency gets the AUDIENCE entry that removes it and nothing after, connected or not") {
  for (const bool connected : {true, false}) {
    CAPTURE(connected);
    Three t;
    const FeedId feed = t.a.open(t.space);
    t.a.audience(feed, {{t.b.id()}, {t.c.id()}});
    t.a.post(feed, t.space, 10);
    t.world.connect(t.a, t.b);
    t.world.connect(t.a, t.c);
    t.world.connect(t.b, t.c);
    t.world.run();
    if (!connected) t.world.disconnect_all(t.b);
    t.a.audience(feed, {{t.c.id()}});
    const Seq removal = last_audience(t.a, feed);
    t.a.post(feed, t.space, 10);
    t.world.run();
    if (!connected) {
      CHECK(t.b.head(feed) < removal);
      t.world.connect(t.a, t.b);
      t.world.connect(t.b, t.c);
    }
    for (int i = 0; i < 10; ++i)
      t.world.pass(std::chrono::seconds(1));
    CHECK(t.b.head(feed) == removal);
    check_equal(feed, {&t.a, &t.c});
    CHECK(t.world.byes.empty());
    // With a further AUDIENCE there is no such feed any more.
    t.a.audience(feed, {{t.c.id()}});
    const auto& known = *t.a.sync->book().find(feed);
    CHECK_FALSE(known.knows(t.b.id()));
  }
}

TEST_CASE("history none: whoever joins begins with the AUDIENCE entry that lets it in") {
  Three t;
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  t.a.post(feed, t.space, 20);
  t.world.connect(t.a, t.b);
  t.world.connect(t.a, t.c);
  t.world.run();
  const std::uint64_t from = raw(t.a.head(feed)) + 1;
  t.a.audience(feed, {{t.b.id()}, {t.c.id(), from}});
  t.a.post(feed, t.space, 5);
  t.world.run();
  check_equal(feed, {&t.a, &t.b, &t.c});
  const auto& known = *t.c.sync->book().find(feed);
  CHECK(raw(known.have_from) == from);
  CHECK(known.state.space == t.space);
  CHECK(t.c.told.cuts == 0);
  const auto view = t.c.peer.node.view();
  const auto held = feed::FeedReader(*view, t.c.peer.node.storage_key).headers(feed, Seq{from}, 1000);
  REQUIRE(held.ok());
  CHECK(held->size() == raw(t.a.head(feed)) - from + 1);
  CHECK(t.c.peer.node.text(held->back().header) == t.a.peer.node.text(held->back().header));
}

TEST_CASE("history since: from an entry in the middle of a run on, and from a member as well") {
  Three t;
  Site& d = t.world.add();
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}});
  t.a.post(feed, t.space, 100);
  t.world.connect(t.a, t.b);
  t.world.run();
  t.a.audience(feed, {{t.b.id()}, {t.c.id(), 37}, {d.id(), 50}});
  t.a.post(feed, t.space, 5);
  t.world.connect(t.b, t.c);
  t.world.run();
  check_equal(feed, {&t.a, &t.b, &t.c});
  CHECK(t.c.sync->book().find(feed)->have_from == Seq{37});
  // c holds no FEED_OPEN as an entry, and yet introduces the feed to d.
  t.world.connect(t.c, d);
  t.world.run();
  check_equal(feed, {&t.a, &d});
  CHECK(d.sync->book().find(feed)->have_from == Seq{50});
  CHECK(d.told.cuts == 0);
}

TEST_CASE("history all: everything, over AUDIENCE entries that did not list who joins") {
  Three t;
  Site& d = t.world.add();
  const FeedId feed = t.a.open(t.space);
  t.a.post(feed, t.space, 2);
  t.a.audience(feed, {{t.b.id()}});
  t.a.post(feed, t.space, 30);
  t.a.audience(feed, {{t.b.id()}, {d.id()}});
  t.a.post(feed, t.space, 30);
  t.world.connect(t.a, t.b);
  t.world.run();
  t.a.audience(feed, {{t.b.id()}, {t.c.id(), 1}, {d.id()}});
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    const std::vector<AgencyId> to{t.c.id()};
    REQUIRE(t.a.peer.node.writer->grant(feed, proto::KeyEpoch{epoch}, to, t.a.peer.node.note()).ok());
  }
  t.a.peer.node.run();
  t.a.tell();
  t.world.run();
  // From a member that is not the author.
  t.world.connect(t.b, t.c);
  t.world.run();
  check_equal(feed, {&t.a, &t.b, &t.c});
  CHECK(t.c.stored(feed).size() == raw(t.a.head(feed)));
  for (const auto& stored : t.c.stored(feed)) {
    if (stored.header.kind != v1::KIND_CONTENT) continue;
    CHECK(t.c.peer.node.text(stored.header) == t.a.peer.node.text(stored.header));
  }
  CHECK(t.world.byes.empty());
}

TEST_CASE("a member with less history than another is due is not asked for it") {
  Three t;
  const FeedId feed = t.a.open(t.space);
  t.a.post(feed, t.space, 10);
  const std::uint64_t from = raw(t.a.head(feed)) + 1;
  t.a.audience(feed, {{t.b.id(), from}, {t.c.id(), 1}});
  t.a.post(feed, t.space, 10);
  t.world.connect(t.a, t.b);
  t.world.connect(t.b, t.c);
  t.world.run();
  check_equal(feed, {&t.a, &t.b});
  CHECK(t.c.head(feed) == Seq{0});
  t.world.connect(t.a, t.c);
  t.world.run();
  check_equal(feed, {&t.a, &t.c});
  CHECK(t.c.stored(feed).size() == raw(t.a.head(feed)));
  CHECK(t.world.byes.empty());
}

TEST_CASE("an agency that is let in again goes on where it stood") {
  Three t;
  const FeedId feed = t.a.open(t.space);
  t.a.audience(feed, {{t.b.id()}, {t.c.id()}});
  t.a.post(feed, t.space, 5);
  t.world.connect(t.a, t.b);
  t.world.connect(t.a, t.c);
  t.world.run();
  t.a.audience(feed, {{t.c.id()}});
  t.a.post(feed, t.space, 5);
  t.world.run();
  CHECK(t.b.head(feed) < t.a.head(feed));
  t.a.audience(feed, {{t.b.id(), 1}, {t.c.id()}});
  t.a.post(feed, t.space, 5);
  t.world.run();
  check_equal(feed, {&t.a, &t.b, &t.c});
  CHECK(t.world.byes.empty());
}

}  // namespace comity::federation
