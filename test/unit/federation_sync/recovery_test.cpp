// SPDX-License-Identifier: EUPL-1.2
// What comes back to an author whose store was put back from an older copy.
#include <doctest/doctest.h>

#include "node/feed/tables.h"
#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

/// A disk as it was, to come back to.
class Copy {
 public:
  explicit Copy(Site& of) : of_(of) {
    storage::MemoryDisk& disk = *of.disk;
    const std::lock_guard lock(disk.mutex);
    rows_ = disk.rows;
    latest_ = disk.latest;
    durable_ = disk.durable;
    changes_ = disk.changes;
  }
  void put_back() {
    of_.kill([this](storage::MemoryDisk& disk) {
      disk.rows = rows_;
      disk.latest = latest_;
      disk.durable = durable_;
      disk.changes = changes_;
    });
  }

 private:
  Site& of_;
  std::map<Bytes, storage::MemoryDisk::History, storage::KeyOrder> rows_{};
  storage::Version latest_{};
  storage::Version durable_{};
  std::map<storage::Version, storage::Change> changes_{};
};

struct Lost {
  explicit Lost(std::uint64_t seed = 61) : world(seed) {
    a.audience(feed, {{b.id()}, {c.id()}});
    a.post(feed, space, 3);
    world.connect(a, b);
    world.connect(a, c);
    world.run();
  }
  void retire() {
    std::optional<Status> done;
    a.peer.node.writer->retire(feed, [&](const Status& status) { done = status; });
    a.peer.node.run();
    REQUIRE(done.has_value());
    REQUIRE(done->ok());
    a.sync->own_retired(feed);
    world.run();
  }
  // What the members hold, with the content as the author wrote it.
  std::vector<std::string> texts(const Site& at) const {
    std::vector<std::string> out;
    for (const auto& stored : at.stored(feed)) {
      if (stored.header.kind == v1::KIND_CONTENT) out.push_back(at.peer.node.text(stored.header));
    }
    return out;
  }

  World world;
  Site& a = world.add();
  Site& b = world.add();
  Site& c = world.add();
  SpaceId space = world.random.next<SpaceId>();
  FeedId feed = a.open(space);
};

}  // namespace

TEST_CASE("lost entries come back to their author, readable, under keys that were lost with them") {
  Lost t;
  Copy copy(t.a);
  // Another audience, so another key epoch: its key is in no copy.
  t.a.audience(t.feed, {{t.b.id()}});
  t.a.post(t.feed, t.space, 70);
  t.world.run();
  const auto wrote = t.texts(t.b);
  const Seq head = t.a.head(t.feed);
  REQUIRE(wrote.size() == 73);
  copy.put_back();
  REQUIRE(t.a.head(t.feed) < head);
  t.world.connect(t.a, t.b);
  t.world.run();
  // Until the feed is retired nothing of it is taken, and its author is told.
  CHECK(t.a.head(t.feed) < head);
  REQUIRE_FALSE(t.a.told.ahead.empty());
  t.retire();
  check_equal(t.feed, {&t.a, &t.b});
  CHECK(t.texts(t.a) == wrote);
  CHECK(t.world.byes.empty());
  const auto state = feed::get_feed(*t.a.peer.node.view(), t.feed);
  CHECK(state->own);
  CHECK(state->retired);
  CHECK_FALSE(state->frozen);
}

TEST_CASE("nothing is appended to a feed that is retired, also after a restart") {
  Lost t;
  t.retire();
  const Seq head = t.a.head(t.feed);
  for (const bool again : {false, true}) {
    if (again) t.a.kill();
    const std::size_t before = t.a.peer.node.answers.size();
    v1::Audience nobody;
    nobody.set_readers(v1::READER_RULE_OPEN);
    t.a.peer.node.writer->set_audience(t.feed, nobody, t.a.peer.node.note());
    t.a.peer.node.run();
    REQUIRE(t.a.peer.node.answers.size() == before + 1);
    CHECK(t.a.peer.node.answers.back().error().code == Code::kFeedClosed);
    t.a.peer.node.answers.pop_back();
    CHECK(t.a.head(t.feed) == head);
  }
  // And no statement about its head, which others may know better.
  const int said = t.world.sent[v1::Wire::kHead];
  t.world.connect(t.a, t.b);
  for (int i = 0; i < 4; ++i)
    t.world.pass(std::chrono::hours(1));
  CHECK(t.world.sent[v1::Wire::kHead] == said);
}

TEST_CASE("a feed that the copy does not know at all comes back too, and is retired from the first") {
  Lost t;
  Copy copy(t.a);
  const SpaceId space = t.world.random.next<SpaceId>();
  const FeedId feed = t.a.open(space);
  t.a.audience(feed, {{t.b.id()}});
  t.a.post(feed, space, 5);
  t.world.run();
  copy.put_back();
  // The door of the author's own node knows nothing of the space: what is ours comes back all the same.
  t.a.closed_spaces.insert(space);
  t.world.connect(t.a, t.b);
  t.world.run();
  check_equal(feed, {&t.a, &t.b});
  const auto state = feed::get_feed(*t.a.peer.node.view(), feed);
  REQUIRE(state.ok());
  CHECK(state->own);
  CHECK(state->retired);
  CHECK(state->space == space);
}

TEST_CASE("entries come back through a member that joined after the copy was made, and after a relay") {
  Lost t;
  Copy copy(t.a);
  Site& d = t.world.add();
  t.a.audience(t.feed, {{t.b.id()}, {t.c.id()}}, {d.id()});
  t.a.post(t.feed, t.space, 10);
  t.world.connect(t.a, d);
  t.world.run();
  const Seq head = t.a.head(t.feed);
  copy.put_back();
  t.world.disconnect_all(t.b);
  t.world.connect(t.a, d);
  t.world.run();
  t.retire();
  // As far as the author knows, d carries nothing of it; d's own word that it holds more is enough to ask.
  CHECK(t.a.head(t.feed) == head);
  CHECK(t.texts(t.a).size() == 13);
}

TEST_CASE("an author gets back from a member what that member keeps in quarantine, and nobody else does") {
  Lost t;
  Copy copy(t.a);
  t.b.ceiling = v1::TLP_CLEAR;
  Site& d = t.world.add();
  t.a.audience(t.feed, {{t.b.id()}, {t.c.id()}, {d.id()}});
  t.a.post(t.feed, t.space, 10);
  t.world.run();
  const Seq head = t.a.head(t.feed);
  REQUIRE(t.b.head(t.feed) == head);
  REQUIRE(t.b.peer.withheld(t.feed, head) == feed::Withholding::kLabel);
  // The only one that the author, and a new member, can reach.
  copy.put_back();
  t.world.disconnect_all(t.c);
  t.world.connect(t.b, d);
  t.world.connect(t.a, t.b);
  t.world.run();
  t.retire();
  CHECK(t.a.head(t.feed) == head);
  CHECK(t.a.peer.withheld(t.feed, head) == feed::Withholding::kNotReceived);
  CHECK(d.head(t.feed) < head);
  CHECK(std::ranges::count(d.told.their_refusals, v1::REASON_NOT_AVAILABLE) >= 1);
  CHECK(t.a.told.violations.empty());
}

TEST_CASE("entries that a peer forged under the author's name are refused, and end its session") {
  Lost t;
  t.retire();
  const Seq head = t.a.head(t.feed);
  t.world.disconnect_all(t.a);
  // A member with the same feed, and a chain that goes on under its own key.
  const auto last = t.b.stored(t.feed).back();
  feed::test::Made forged;
  forged.header = last.header;
  forged.header.seq = feed::next(last.header.seq);
  forged.header.prev = last.header.id;
  forged.header.hlc = Hlc{raw(last.header.hlc) + 1};
  forged.header.kind = v1::KIND_CONTENT;
  forged.body = Bytes(80);
  forged.header.body_hash = feed::body_hash(forged.body);
  forged.header.body_size = 80;
  forged.bytes = feed::write_header(forged.header);
  forged.header.id = feed::entry_id(forged.bytes);
  forged.sig = proto::to_bytes(t.b.peer.node.pair.sign(feed::signed_bytes(forged.bytes)).view());
  t.world.connect(t.a, t.b);
  t.world.run();
  v1::Wire offer;
  *offer.mutable_vector()->add_feed() = to_message({t.feed, forged.header.seq, forged.header.id, Seq{1}});
  t.a.sync->message(t.b.id(), v1::LANE_CONTROL, std::move(offer), 100);
  v1::Wire batch;
  batch.mutable_batch()->set_feed(feed::field(t.feed.view()));
  v1::Entry& entry = *batch.mutable_batch()->add_entry();
  entry.set_header(feed::field(forged.bytes));
  entry.set_sig(feed::field(forged.sig));
  entry.set_body(feed::field(forged.body));
  for (auto& [one, other] : t.world.sessions) {
    for (Pipe* const pipe : {one.get(), other.get()}) {
      if (&pipe->from != &t.b || &pipe->to != &t.a) continue;
      pipe->room[v1::LANE_LIVE].entries -= 1;
      pipe->room[v1::LANE_LIVE].bytes -= 500;
    }
  }
  t.a.sync->message(t.b.id(), v1::LANE_LIVE, std::move(batch), 500);
  t.world.run();
  CHECK(t.a.head(t.feed) == head);
  REQUIRE_FALSE(t.a.told.violations.empty());
  CHECK(t.a.told.violations.back().code == Code::kFeedSignature);
  CHECK_FALSE(feed::get_feed(*t.a.peer.node.view(), t.feed)->frozen);
}

TEST_CASE(
    "an author that wrote on from its copy before it knew: the fork is proven at all, nothing is lost") {
  Lost t;
  Copy copy(t.a);
  t.a.post(t.feed, t.space, 4);
  t.world.run();
  copy.put_back();
  t.a.post(t.feed, t.space, 2);
  t.world.connect(t.a, t.b);
  t.world.run();
  REQUIRE_FALSE(t.a.told.ahead.empty());
  const auto before = t.a.stored(t.feed).size();
  t.retire();
  CHECK_FALSE(t.a.told.own_forks.empty());
  CHECK(t.a.stored(t.feed).size() == before);
  t.world.connect(t.a, t.c);
  t.world.run();
  for (Site* const site : {&t.b, &t.c})
    CHECK(site->peer.state(t.feed).frozen == Code::kFeedForked);
}

}  // namespace comity::federation
