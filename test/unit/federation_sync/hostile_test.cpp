// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "node/feed/tables.h"
#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using feed::test::Author;
using feed::test::Made;

/// The far end of a session, whose messages a test writes by hand.
class Rogue final : public Outlet {
 public:
  Status send(v1::Lane, const v1::Wire& message) override {
    sent.push_back(message);
    return {};
  }
  std::size_t backlog(v1::Lane) const override { return 0; }
  LaneRoom credit(v1::Lane) const override { return {64, 1U << 20U}; }
  void grant(v1::Lane lane, std::uint32_t entries, std::uint64_t) override { granted[lane] += entries; }
  void bye(const v1::Bye& why) override { byes.push_back(why); }

  [[nodiscard]] std::vector<v1::Want> wants() const {
    std::vector<v1::Want> out;
    for (const v1::Wire& wire : sent)
      if (wire.has_want() && !wire.want().stop()) out.push_back(wire.want());
    return out;
  }
  [[nodiscard]] std::vector<v1::Refusal> refusals() const {
    std::vector<v1::Refusal> out;
    for (const v1::Wire& wire : sent)
      if (wire.has_refusal()) out.push_back(wire.refusal());
    return out;
  }

  std::vector<v1::Wire> sent{};
  std::map<v1::Lane, std::uint32_t> granted{};
  std::vector<v1::Bye> byes{};
};

v1::Audience audience_of(std::vector<AgencyId> members) {
  std::sort(members.begin(), members.end());
  v1::Audience audience;
  for (const AgencyId& id : members) {
    audience.add_member()->set_agency(feed::field(id.view()));
    audience.mutable_member(audience.member_size() - 1)->set_from_seq(1);
  }
  audience.set_readers(v1::READER_RULE_OPEN);
  return audience;
}

v1::Entry to_entry(const Made& made) {
  v1::Entry entry;
  entry.set_header(feed::field(made.bytes));
  entry.set_sig(feed::field(made.sig));
  entry.set_body(feed::field(made.body));
  return entry;
}

/// An honest site, and an agency of which the test writes every byte: entries by `author`, sessions by
/// `rogue`.
struct Stage {
  explicit Stage(std::uint64_t seed = 31) : world(seed) {
    author.introduce(site.peer.signers);
    site.sync->opened(id(), rogue, v1::Hello());
    run();
  }
  [[nodiscard]] const AgencyId& id() const { return author.end().agency; }
  [[nodiscard]] const FeedId& feed() const { return author.end().feed; }
  void run() { world.run(); }

  void say(const v1::Wire& wire, v1::Lane lane = v1::LANE_CONTROL) {
    site.sync->message(id(), lane, v1::Wire(wire), wire.ByteSizeLong());
    run();
  }
  void offer(const FeedId& of, Seq seq, const EntryId& entry) {
    v1::Wire wire;
    *wire.mutable_vector()->add_feed() = to_message({of, seq, entry, Seq{1}});
    wire.mutable_vector()->set_full(true);
    say(wire);
  }
  void offer() { offer(feed(), author.end().seq, author.end().id); }
  void send(const std::vector<Made>& entries, const FeedId& as, v1::Lane lane = v1::LANE_LIVE) {
    v1::Wire wire;
    wire.mutable_batch()->set_feed(feed::field(as.view()));
    for (const Made& made : entries)
      *wire.mutable_batch()->add_entry() = to_entry(made);
    say(wire, lane);
  }
  void send(const std::vector<Made>& entries) { send(entries, feed()); }

  // FEED_OPEN and an AUDIENCE that lists the site.
  std::vector<Made> beginning() {
    std::vector<Made> out{feed::test::open_entry(author)};
    out.push_back(author.write(v1::KIND_AUDIENCE, proto::encode(audience_of({site.id()}))));
    author.sign(out.back());
    return out;
  }
  Made content(v1::Tlp tlp = v1::TLP_GREEN) {
    Made made =
        author.write(v1::KIND_CONTENT, Bytes(60), [&](feed::Header& header) { header.label.tlp = tlp; });
    author.sign(made);
    return made;
  }
  [[nodiscard]] std::optional<Code> violation() const {
    if (site.told.violations.empty()) return std::nullopt;
    return site.told.violations.back().code;
  }

  World world;
  Site& site = world.add();
  Author author{world.random};
  Rogue rogue;
};

}  // namespace

TEST_CASE("entries that nobody asked for end the session") {
  Stage t;
  t.send(t.beginning());
  CHECK(t.violation() == Code::kBatchUnasked);
  REQUIRE(t.rogue.byes.size() == 1);
  CHECK(t.rogue.byes[0].reason() == v1::REASON_PROTOCOL);
  CHECK(t.site.head(t.feed()) == Seq{0});
  CHECK_FALSE(t.site.sync->connected(t.id()));
}

TEST_CASE("entries of another feed under the name of one that was asked for end the session") {
  Stage t;
  const auto entries = t.beginning();
  Author other(t.world.random);
  t.offer(other.end().feed, Seq{5}, t.world.random.next<EntryId>());
  t.send(entries, other.end().feed);
  CHECK(t.violation() == Code::kFeedBadHeader);
}

TEST_CASE("entries on the control lane, and requests elsewhere, end the session") {
  Stage t;
  const auto entries = t.beginning();
  t.offer();
  t.send(entries, t.feed(), v1::LANE_CONTROL);
  CHECK(t.violation() == Code::kSessionOrder);
  Stage u(32);
  v1::Wire wire;
  wire.mutable_vector()->set_full(true);
  u.say(wire, v1::LANE_LIVE);
  CHECK(u.violation() == Code::kSessionOrder);
}

TEST_CASE("a feed begins with an opening that its id is the hash of") {
  Stage t;
  const auto first = t.content();
  t.offer();
  auto moved = t.beginning();
  t.send({first});
  CHECK(t.violation() == Code::kFeedBadHeader);

  Stage u(33);
  v1::FeedOpen open;
  open.set_agency(feed::field(u.id().view()));
  open.set_space(feed::field(u.world.random.next<SpaceId>().view()));
  open.set_incarnation(feed::field(u.author.incarnation().view()));
  open.set_reason(v1::FEED_OPEN_REASON_FIRST);
  Made lie = u.author.write(v1::KIND_FEED_OPEN, proto::encode(open));
  u.author.sign(lie);
  u.offer();
  u.send({lie});
  CHECK(u.violation() == Code::kFeedBodyRule);
  CHECK(u.site.sync->book().find(u.feed()) == nullptr);
}

TEST_CASE(
    "lies in a Vector: an order that is none ends the session, a claim without entries changes nothing") {
  Stage t;
  v1::Wire wire;
  *wire.mutable_vector()->add_feed() =
      to_message({t.world.random.next<FeedId>(), Seq{3}, t.world.random.next<EntryId>(), Seq{1}});
  *wire.mutable_vector()->add_feed() = wire.vector().feed(0);
  t.say(wire);
  CHECK(t.violation() == Code::kVectorRule);

  Stage u(34);
  for (int i = 0; i < 3000; ++i)
    u.offer(u.world.random.next<FeedId>(), Seq{1U << 30U}, u.world.random.next<EntryId>());
  CHECK(u.rogue.wants().size() <= kMostUnknown);
  CHECK(u.site.sync->book().all().empty());
  CHECK_FALSE(u.violation());
}

TEST_CASE("a feed that the asker may not know of looks like one that does not exist") {
  Stage t;
  const SpaceId space = t.world.random.next<SpaceId>();
  const FeedId hidden = t.site.open(space);
  t.site.audience(hidden, {{t.world.random.next<AgencyId>()}});
  const FeedId inside = t.site.peer.node.open(t.world.random.next<SpaceId>(), true);
  t.rogue.sent.clear();
  std::vector<v1::Refusal> answers;
  for (const FeedId& asked : {hidden, inside, t.world.random.next<FeedId>()}) {
    v1::Wire wire;
    wire.mutable_want()->set_feed(feed::field(asked.view()));
    wire.mutable_want()->set_from(1);
    wire.mutable_want()->set_live(true);
    wire.mutable_want()->set_lane(v1::LANE_LIVE);
    t.say(wire);
    v1::Wire heads;
    heads.mutable_heads_want()->add_feed(feed::field(asked.view()));
    t.say(heads);
    REQUIRE(t.rogue.sent.size() == 1);
    answers.push_back(t.rogue.refusals()[0]);
    CHECK(answers.back().feed() == feed::field(asked.view()));
    answers.back().clear_feed();
    t.rogue.sent.clear();
  }
  CHECK(answers[0].SerializeAsString() == answers[2].SerializeAsString());
  CHECK(answers[1].SerializeAsString() == answers[2].SerializeAsString());
  t.site.post(hidden, space, 3);
  t.run();
  t.world.pass(std::chrono::minutes(11));
  CHECK(t.rogue.sent.empty());
}

TEST_CASE("a request on a lane without entries, or with an end before its beginning, ends the session") {
  for (const bool lane : {true, false}) {
    Stage t(35);
    v1::Wire wire;
    wire.mutable_want()->set_feed(feed::field(t.feed().view()));
    wire.mutable_want()->set_from(5);
    if (!lane) {
      wire.mutable_want()->set_lane(v1::LANE_LIVE);
      wire.mutable_want()->set_to(4);
    }
    t.say(wire);
    CHECK(t.violation() == Code::kWantRule);
  }
}

TEST_CASE("entries out of order are asked for once more each time, and the third time ends the session") {
  Stage t;
  auto entries = t.beginning();
  for (int i = 0; i < 4; ++i)
    entries.push_back(t.content());
  std::swap(entries[3], entries[4]);
  t.offer();
  REQUIRE(t.rogue.wants().size() == 1);
  t.send(entries);
  REQUIRE(t.rogue.wants().size() == 2);
  CHECK(t.rogue.wants()[1].from() == 4);
  CHECK(t.site.head(t.feed()) == Seq{3});
  t.send({entries[3], entries[4]});
  CHECK_FALSE(t.violation());
  for (int i = 0; i < 2 + static_cast<int>(2 * kMostStray) && !t.violation(); ++i)
    t.send({entries[3], entries[4]});
  CHECK(t.violation() == Code::kFeedGap);
  CHECK(t.site.head(t.feed()) == Seq{3});
}

TEST_CASE("a batch that is sent again changes nothing and is acknowledged again") {
  Stage t;
  const auto entries = t.beginning();
  t.offer();
  for (int i = 0; i < 3; ++i)
    t.send(entries);
  CHECK_FALSE(t.violation());
  CHECK(t.site.told.stored_ids.size() == 2);
  CHECK(t.site.head(t.feed()) == Seq{2});
  CHECK(t.rogue.granted[v1::LANE_LIVE] == 6);
  const auto acks = std::count_if(t.rogue.sent.begin(), t.rogue.sent.end(),
                                  [](const v1::Wire& wire) { return wire.has_ack(); });
  CHECK(acks == 3);
}

TEST_CASE("a signature in the middle that is not the author's: what is before it stays, the session ends") {
  Stage t;
  auto entries = t.beginning();
  for (int i = 0; i < 3; ++i)
    entries.push_back(t.content());
  t.offer();
  auto bad = entries;
  bad[3].sig[7] ^= std::byte{1};
  t.send(bad);
  CHECK(t.violation() == Code::kFeedSignature);
  CHECK(t.site.head(t.feed()) == Seq{3});
  CHECK_FALSE(t.site.peer.state(t.feed()).frozen);
  // The honest bytes are taken in the next session.
  t.site.sync->opened(t.id(), t.rogue, v1::Hello());
  t.offer();
  t.send(entries);
  CHECK(t.site.head(t.feed()) == Seq{5});
  CHECK(t.site.told.stored_ids.size() == 5);
}

TEST_CASE("a body that its header does not name ends the session, and the feed goes on") {
  Stage t;
  auto entries = t.beginning();
  entries.push_back(t.content());
  t.offer();
  auto bad = entries;
  bad[2].body[3] ^= std::byte{1};
  t.send(bad);
  CHECK(t.violation() == Code::kFeedBodyHash);
  CHECK_FALSE(t.site.peer.state(t.feed()).frozen);
}

TEST_CASE("entries under a revoked key are chained, and their bodies kept from readers") {
  Stage t;
  t.site.peer.signers.keys[t.author.signer()].revoked_since = kNoon - std::chrono::hours(1);
  auto entries = t.beginning();
  entries.push_back(t.content());
  t.offer();
  t.send(entries);
  CHECK_FALSE(t.violation());
  CHECK(t.site.head(t.feed()) == Seq{3});
  CHECK(t.site.peer.withheld(t.feed(), Seq{3}) == feed::Withholding::kSignerRevoked);
}

TEST_CASE("a key that is not known is fetched, and the feed goes on from there") {
  Stage t;
  auto entries = t.beginning();
  const auto signer = t.site.peer.signers.keys;
  t.site.peer.signers.keys.clear();
  t.offer();
  t.send(entries);
  CHECK_FALSE(t.violation());
  REQUIRE(t.site.told.keys.size() == 1);
  CHECK(t.site.told.keys[0] == t.id());
  CHECK(t.site.head(t.feed()) == Seq{0});
  const auto asked = t.rogue.wants().size();
  t.site.peer.signers.keys = signer;
  t.site.sync->keys_changed(t.id());
  t.run();
  REQUIRE(t.rogue.wants().size() == asked + 1);
  t.send(entries);
  CHECK(t.site.head(t.feed()) == Seq{2});
}

TEST_CASE("whoever names a key that nobody has does not keep the feed from coming from others") {
  Stage t;
  Author other(t.world.random);
  other.introduce(t.site.peer.signers);
  const AgencyId writer = other.end().agency;
  const FeedId feed = other.end().feed;
  std::vector<Made> entries{feed::test::open_entry(other)};
  entries.push_back(other.write(v1::KIND_AUDIENCE, proto::encode(audience_of({t.site.id(), t.id()}))));
  other.sign(entries.back());
  t.offer(feed, Seq{2}, other.end().id);
  t.send(entries, feed);
  REQUIRE(t.site.head(feed) == Seq{2});

  Made more = other.write(v1::KIND_CONTENT, Bytes(60));
  other.sign(more);
  Made forged = more;
  forged.header.signer = t.world.random.next<proto::KeyId>();
  forged.header.keydoc = 9;
  forged.bytes = feed::write_header(forged.header);
  t.author.sign(forged);
  t.offer(feed, Seq{3}, other.end().id);
  t.send({forged}, feed);
  CHECK_FALSE(t.violation());
  REQUIRE(t.site.told.keys == std::vector<AgencyId>{writer});
  REQUIRE(t.site.head(feed) == Seq{2});

  Rogue author_itself;
  const auto say = [&](const v1::Wire& wire, v1::Lane lane) {
    t.site.sync->message(writer, lane, v1::Wire(wire), wire.ByteSizeLong());
    t.run();
  };
  t.site.sync->opened(writer, author_itself, v1::Hello());
  t.run();
  v1::Wire offered;
  *offered.mutable_vector()->add_feed() = to_message({feed, Seq{3}, other.end().id, Seq{1}});
  offered.mutable_vector()->set_full(true);
  say(offered, v1::LANE_CONTROL);
  REQUIRE_FALSE(author_itself.wants().empty());
  CHECK(author_itself.wants().back().from() == 3);
  v1::Wire batch;
  batch.mutable_batch()->set_feed(feed::field(feed.view()));
  *batch.mutable_batch()->add_entry() = to_entry(more);
  say(batch, v1::LANE_LIVE);
  CHECK(t.site.head(feed) == Seq{3});
}

TEST_CASE("what comes once more counts against nobody") {
  Stage t;
  t.site.limits.entries = 1000;
  auto entries = t.beginning();
  for (int i = 0; i < 4; ++i)
    entries.push_back(t.content());
  t.offer();
  t.send(entries);
  REQUIRE(t.site.head(t.feed()) == Seq{6});
  for (int i = 0; i < 10; ++i)
    t.send({entries[0], entries[1]});
  CHECK_FALSE(t.site.sync->quota_used(t.id()));
  const Made more = t.content();
  t.send({more});
  CHECK_FALSE(t.violation());
  CHECK(t.site.head(t.feed()) == Seq{7});
}

TEST_CASE("a poisoned entry is quarantined, and what follows it is there") {
  Stage t;
  auto entries = t.beginning();
  entries.push_back(t.content(v1::TLP_RED));
  entries.push_back(t.author.write(v1::KIND_WITHDRAW, Bytes(30)));
  t.author.sign(entries.back());
  entries.push_back(t.content());
  t.offer();
  t.send(entries);
  CHECK_FALSE(t.violation());
  CHECK(t.site.head(t.feed()) == Seq{5});
  CHECK(t.site.peer.withheld(t.feed(), Seq{3}) == feed::Withholding::kLabel);
  CHECK(t.site.peer.withheld(t.feed(), Seq{4}) == feed::Withholding::kBodyRule);
  CHECK(t.site.peer.withheld(t.feed(), Seq{5}) == feed::Withholding::kNone);
  CHECK(t.site.told.receipts.empty());
}

TEST_CASE("an author that signs what breaks the rules freezes its own feed, and nothing else") {
  Stage t;
  auto entries = t.beginning();
  entries.push_back(
      t.author.write(v1::KIND_CONTENT, Bytes(20), [](feed::Header& header) { header.hlc = Hlc{1}; }));
  t.author.sign(entries.back());
  t.offer();
  t.send(entries);
  CHECK_FALSE(t.violation());
  REQUIRE(t.site.told.freezes.size() == 1);
  CHECK(t.site.told.freezes[0] == Code::kFeedHlc);
  CHECK(t.site.peer.state(t.feed()).frozen == Code::kFeedHlc);
  CHECK(t.site.head(t.feed()) == Seq{2});
}

TEST_CASE("whoever is outside the audience brings a feed once and no more") {
  Stage t;
  // The feed of another author, brought by an agency that its audience does not list.
  Author other(t.world.random);
  other.introduce(t.site.peer.signers);
  std::vector<Made> entries{feed::test::open_entry(other)};
  entries.push_back(other.write(v1::KIND_AUDIENCE, proto::encode(audience_of({t.site.id()}))));
  other.sign(entries.back());
  const FeedId feed = other.end().feed;
  t.offer(feed, Seq{2}, other.end().id);
  t.send(entries, feed);
  CHECK_FALSE(t.violation());
  REQUIRE(t.site.told.refusals.size() == 1);
  CHECK(t.site.told.refusals[0] == Code::kFeedNotEntitled);
  Made more = other.write(v1::KIND_CONTENT, Bytes(20));
  other.sign(more);
  t.send({more}, feed);
  CHECK(t.site.head(feed) == Seq{2});
  CHECK_FALSE(t.site.sync->source(feed));
  // Nor does it hear of the feed from us.
  t.rogue.sent.clear();
  t.world.pass(std::chrono::seconds(2));
  CHECK(t.rogue.sent.empty());
}

TEST_CASE(
    "a claim to hold more of our own feed is no proof: the entry is asked for, and a forged one ends it") {
  for (const bool by_ack : {false, true}) {
    CAPTURE(by_ack);
    Stage t;
    const SpaceId space = t.world.random.next<SpaceId>();
    const FeedId feed = t.site.open(space);
    t.site.audience(feed, {{t.id()}});
    const Seq head = t.site.head(feed);
    t.offer(feed, head, t.site.head_id(feed));
    CHECK(t.site.told.ahead.empty());
    CHECK(t.site.told.own_heads.at(t.id()).seq() == raw(head));
    const std::size_t before = t.rogue.wants().size();
    v1::Wire wire;
    const HeldRow more{feed, Seq{raw(head) + 9}, t.world.random.next<EntryId>(), Seq{1}};
    if (by_ack) {
      *wire.mutable_ack()->add_head() = to_head(more);
      t.say(wire);
    } else {
      t.offer(feed, more.seq, more.id);
    }
    CHECK(t.site.told.ahead.empty());
    REQUIRE(t.rogue.wants().size() == before + 1);
    CHECK(t.rogue.wants().back().from() == raw(head) + 1);
    // Claims again and again are asked about once.
    for (int i = 0; i < 20; ++i)
      t.offer(feed, Seq{raw(head) + 10}, t.world.random.next<EntryId>());
    CHECK(t.rogue.wants().size() == before + 1);

    feed::test::Made forged;
    const auto end = feed::get_feed(*t.site.peer.node.view(), feed)->end;
    forged.header = {.agency = end.agency,
                     .feed = feed,
                     .seq = feed::next(head),
                     .prev = end.id,
                     .hlc = Hlc{raw(end.hlc) + 1},
                     .signer = t.author.signer(),
                     .keydoc = 1,
                     .kind = v1::KIND_CONTENT,
                     .body_hash = feed::body_hash(Bytes(60)),
                     .body_size = 60,
                     .key_epoch = proto::KeyEpoch{1},
                     .audience_seq = end.audience_seq,
                     .audience_id = end.audience_id,
                     .label = {.tlp = v1::TLP_GREEN}};
    forged.body = Bytes(60);
    // Under our own key's name, by whoever has not that key.
    forged.header.signer = t.site.peer.node.key_id;
    forged.bytes = feed::write_header(forged.header);
    t.author.sign(forged);
    t.send({forged}, feed);
    CHECK(t.site.told.ahead.empty());
    CHECK(t.violation().has_value());
    CHECK_FALSE(feed::get_feed(*t.site.peer.node.view(), feed)->retired);
  }
}

TEST_CASE("a peer that holds less than it acknowledged is reported") {
  Stage t;
  const SpaceId space = t.world.random.next<SpaceId>();
  const FeedId feed = t.site.open(space);
  t.site.audience(feed, {{t.id()}});
  t.site.post(feed, space, 3);
  t.offer(feed, t.site.head(feed), t.site.head_id(feed));
  const auto second = t.site.stored(feed)[1].header;
  t.offer(feed, second.seq, second.id);
  CHECK(t.site.told.back == 1);
  CHECK(t.site.sync->lags(t.id())[0].acked == second.seq);
}

TEST_CASE("no end of requests for one feed takes more than one place") {
  Stage t;
  const SpaceId space = t.world.random.next<SpaceId>();
  const FeedId feed = t.site.open(space);
  t.site.audience(feed, {{t.id()}});
  t.site.post(feed, space, 3);
  t.rogue.sent.clear();
  for (int i = 0; i < 200; ++i) {
    v1::Wire wire;
    wire.mutable_want()->set_feed(feed::field(feed.view()));
    wire.mutable_want()->set_from(1U << 20U);
    wire.mutable_want()->set_live(true);
    wire.mutable_want()->set_lane(v1::LANE_LIVE);
    t.say(wire);
  }
  t.site.post(feed, space, 3);
  t.run();
  CHECK(t.rogue.sent.empty());
  CHECK_FALSE(t.violation());
}

}  // namespace comity::federation
