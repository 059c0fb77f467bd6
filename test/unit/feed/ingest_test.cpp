// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/ingest.h"

#include <doctest/doctest.h>

#include "node/feed/fork_proofs.h"
#include "node/feed/key_epochs.h"
#include "test/unit/feed/peer.h"

namespace comity::feed {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct World {
  explicit World(std::uint64_t seed = 21) : random(seed) { author.introduce(peer.signers); }
  SeededRandom random;
  Peer peer{random};
  Author author{random};

  // FEED_OPEN and `count` more, one run.
  std::vector<Made> opened(std::size_t count) {
    std::vector<Made> out{open_entry(author)};
    if (count > 0) {
      for (Made& made : author.feed(count, 64))
        out.push_back(std::move(made));
    }
    return out;
  }
  Made one(v1::Kind kind, const Bytes& body) {
    Made made = author.write(kind, body);
    author.sign(made);
    return made;
  }
  template <class Change>
  Made one(v1::Kind kind, const Bytes& body, Change change) {
    Made made = author.write(kind, body, change);
    author.sign(made);
    return made;
  }
};

v1::Audience audience_with(const std::vector<AgencyId>& members, const std::vector<AgencyId>& relays = {}) {
  v1::Audience audience;
  for (const AgencyId& id : members) {
    audience.add_member()->set_agency(field(id.view()));
    audience.mutable_member(audience.member_size() - 1)->set_from_seq(1);
  }
  for (const AgencyId& id : relays)
    audience.add_relay(field(id.view()));
  audience.set_readers(v1::READER_RULE_OPEN);
  return audience;
}

}  // namespace

TEST_CASE("a post written at one agency is read at the other") {
  SeededRandom random(22);
  Node author(random);
  Peer peer(random);
  peer.signers.keys[author.key_id] = {.key = author.pair.public_key()};
  const auto space = random.next<SpaceId>();
  author.readers = {peer.node.self};
  author.grants.keys[peer.node.self] = peer.opener.pair.public_key();
  const FeedId feed = author.open(space, false);
  author.audience(feed);
  for (int i = 0; i < 100; ++i)
    author.post(feed, space, "Draft " + std::to_string(i));
  author.run();
  const auto view = author.view();
  const auto state = get_feed(*view, feed);
  REQUIRE(peer.ingester->learn(author.self, space, state->incarnation).value() == feed);
  for (Seq from{1};;) {
    const auto sent = FeedReader(*view, author.storage_key).wire(feed, from, 20, 100'000, kNoon);
    REQUIRE(sent.ok());
    if (sent->empty()) break;
    std::vector<WireEntry> entries;
    for (const auto& entry : *sent)
      entries.push_back(view_of(entry));
    const auto taken = peer.take(feed, entries, author.self);
    REQUIRE(taken.ok());
    REQUIRE_FALSE(taken->refusal);
    CHECK(taken->stored.size() == sent->size());
    from = Seq{raw(from) + sent->size()};
  }
  const auto stored = peer.stored(feed);
  REQUIRE(stored.size() == 103);
  CHECK(peer.node.text(stored.back().header) == "Draft 99");
  CHECK(peer.state(feed).end == state->end);
}

TEST_CASE("duplicates are passed over in silence, also across a restart") {
  World world;
  const auto entries = world.opened(9);
  CHECK(world.peer.take(world.author, entries)->stored.size() == 10);
  world.peer.restart();
  const auto again = world.peer.take(world.author, entries);
  CHECK(again->stored.empty());
  CHECK(again->duplicates == 10);
  CHECK_FALSE(again->refusal);
  auto more = entries;
  more.push_back(world.one(v1::KIND_CONTENT, Bytes(20)));
  CHECK(world.peer.take(world.author, more)->stored.size() == 1);
}

TEST_CASE("a gap is told and nothing after it is stored") {
  World world;
  const auto entries = world.opened(0);
  world.author.feed(3, 3);
  const auto later = world.author.feed(3, 3);
  world.peer.hold(world.author, entries);
  const auto result = world.peer.take(world.author, later);
  REQUIRE(result->refusal);
  CHECK(result->refusal->error.code == Code::kFeedGap);
  CHECK(result->stored.empty());
  CHECK_FALSE(world.peer.state(world.author.end().feed).frozen);
}

TEST_CASE("an unknown feed and our own one are not taken from outside") {
  World world;
  const auto entries = world.opened(2);
  CHECK(world.peer.take(world.author.end().feed, wires(entries), world.author.end().agency).error().code ==
        Code::kFeedUnknown);
  const FeedId own = world.peer.node.open(world.random.next<SpaceId>());
  CHECK(world.peer.take(own, wires(entries), world.author.end().agency).error().code == Code::kFeedNotOwn);
}

TEST_CASE("a body that is not the header's is the sender's fault: whole runs before it stay") {
  World world;
  auto entries = world.opened(4);
  auto tail = world.author.feed(3, 3);
  tail[1].body[5] ^= std::byte{1};
  entries.insert(entries.end(), tail.begin(), tail.end());
  const auto result = world.peer.take(world.author, entries);
  REQUIRE(result->refusal);
  CHECK(result->refusal->error.code == Code::kFeedBodyHash);
  CHECK(result->refusal->index == 6);
  CHECK(result->stored.size() == 5);
  tail[1].body[5] ^= std::byte{1};
  CHECK(world.peer.take(world.author, tail)->stored.size() == 3);
}

TEST_CASE("a label above the ceiling is chained, and its body waits in quarantine") {
  World world;
  auto entries = world.opened(1);
  entries.push_back(world.one(v1::KIND_CONTENT, Bytes(20), [](Header& h) { h.label.tlp = v1::TLP_RED; }));
  entries.push_back(world.one(v1::KIND_CONTENT, Bytes(20)));
  const auto result = world.peer.take(world.author, entries);
  CHECK(result->stored.size() == 4);
  const FeedId feed = world.author.end().feed;
  CHECK(world.peer.withheld(feed, Seq{3}) == Withholding::kLabel);
  CHECK(world.peer.withheld(feed, Seq{4}) == Withholding::kNone);
  const auto view = world.peer.node.view();
  const FeedReader reader(*view, world.peer.node.storage_key);
  CHECK(reader.body(entries[2].header).error().code == Code::kFeedWithheld);
  CHECK(reader.quarantined_body(entries[2].header).value() == entries[2].body);
  CHECK(reader.wire(feed, Seq{3}, 1, 1000, kNoon)->at(0).withheld() == v1::WITHHELD_NOT_HELD);
}

TEST_CASE(
    "what keeps a feed going is taken whatever its label, as a wider agreement would lack it for good") {
  World world;
  auto entries = world.opened(0);
  const auto above = [](Header& h) { h.label.tlp = v1::TLP_RED; };
  entries.push_back(world.one(v1::KIND_FEED_CLOSE, proto::encode(v1::FeedClose()), above));
  CHECK(world.peer.take(world.author, entries)->stored.size() == 2);
  CHECK(world.peer.withheld(world.author.end().feed, Seq{2}) == Withholding::kNone);
}

TEST_CASE("entries of a revoked or expired signer are chained and withheld") {
  for (const bool revoked : {true, false}) {
    World world;
    Signer& signer = world.peer.signers.keys[world.author.signer()];
    auto entries = world.opened(0);
    world.peer.hold(world.author, entries);
    (revoked ? signer.revoked_since : signer.expires) = kNoon;
    const auto result = world.peer.take(world.author, {world.one(v1::KIND_CONTENT, Bytes(20))});
    CHECK(result->stored.size() == 1);
    CHECK(world.peer.withheld(world.author.end().feed, Seq{2}) ==
          (revoked ? Withholding::kSignerRevoked : Withholding::kSignerExpired));
  }
}

TEST_CASE("what breaks the rules under the author's signature freezes that feed and no other") {
  World world;
  Author other(world.random);
  other.introduce(world.peer.signers);
  world.peer.hold(world.author, world.opened(2));
  const auto bad = world.one(v1::KIND_CONTENT, Bytes(20), [](Header& h) { h.hlc = make_hlc(kNoon); });
  const auto result = world.peer.take(world.author, {bad});
  REQUIRE(result->refusal);
  CHECK(result->refusal->author_signed);
  CHECK(world.peer.state(world.author.end().feed).frozen == Code::kFeedHlc);
  world.peer.restart();
  CHECK(world.peer.take(world.author, {world.one(v1::KIND_CONTENT, Bytes(20))})->refusal->error.code ==
        Code::kFeedFrozen);
  CHECK(world.peer.take(other, {open_entry(other)})->stored.size() == 1);
}

TEST_CASE("a bad signature freezes nothing: the true entries are taken afterwards") {
  World world;
  auto entries = world.opened(3);
  auto bad = entries;
  bad.back().sig[0] ^= std::byte{1};
  const auto result = world.peer.take(world.author, bad);
  REQUIRE(result->refusal);
  CHECK(result->refusal->error.code == Code::kFeedSignature);
  CHECK(result->stored.size() == 1);  // FEED_OPEN had its own signature
  CHECK(world.peer.take(world.author, entries)->stored.size() == 3);
}

TEST_CASE("a fork is proven, kept and freezes the feed") {
  World world;
  world.peer.hold(world.author, world.opened(2));
  const ChainEnd end = world.author.end();
  world.peer.hold(world.author, world.author.feed(3, 3));
  world.author.rewind(end);
  const auto result = world.peer.take(world.author, world.author.feed(2, 2));
  REQUIRE(result->refusal);
  CHECK(result->refusal->error.code == Code::kFeedForked);
  const FeedId feed = world.author.end().feed;
  CHECK(world.peer.state(feed).frozen == Code::kFeedForked);
  CHECK(world.peer.stored(feed).size() == 6);
  const auto proof = find_fork_proof(*world.peer.node.view(), feed).value();
  REQUIRE(proof.has_value());
  CHECK(verify_fork(*proof, world.peer.signers).ok());
}

TEST_CASE("a fork whose branches are as large as runs may be is proven and kept all the same") {
  World world;
  world.peer.hold(world.author, world.opened(2));
  const ChainEnd fork = world.author.end();
  // Fields that may be ignored fill a header up to its bound.
  const auto full_run = [&] {
    std::vector<Made> run;
    for (std::size_t i = 0; i < proto::bounds::kRunEntries; ++i) {
      Made made = world.author.write(v1::KIND_CONTENT, Bytes(8));
      const std::size_t pad = proto::bounds::kHeaderBytes - 16 - made.bytes.size();
      proto::append(made.bytes, proto::from_hex("a206").value());  // field 100, length-delimited
      made.bytes.push_back(static_cast<std::byte>(0x80U | (pad & 0x7fU)));
      made.bytes.push_back(static_cast<std::byte>(pad >> 7U));
      made.bytes.resize(made.bytes.size() + pad);
      made.header.id = entry_id(made.bytes);
      ChainEnd end = world.author.end();
      end.id = made.header.id;
      world.author.rewind(end);
      run.push_back(std::move(made));
    }
    world.author.sign(run.back());
    return run;
  };
  world.peer.hold(world.author, full_run());
  world.author.rewind(fork);
  const auto result = world.peer.take(world.author, full_run());
  REQUIRE(result.ok());
  REQUIRE(result->refusal);
  CHECK(result->refusal->error.code == Code::kFeedForked);
  CHECK(world.peer.state(fork.feed).frozen == Code::kFeedForked);
  const auto proof = find_fork_proof(*world.peer.node.view(), fork.feed).value();
  REQUIRE(proof.has_value());
  CHECK(proof->ByteSizeLong() > proto::bounds::kStoreValueBytes);
  CHECK(verify_fork(*proof, world.peer.signers).ok());
}

TEST_CASE("a claimed fork without the author's signature accuses nobody") {
  World world;
  const auto entries = world.opened(3);
  world.peer.hold(world.author, entries);
  auto bad = entries;
  bad[2].header.blind = world.random.next<Blind>();
  bad[2].bytes = write_header(bad[2].header);
  const auto result = world.peer.take(world.author, bad);
  REQUIRE(result->refusal);
  CHECK_FALSE(result->refusal->author_signed);
  CHECK_FALSE(world.peer.state(world.author.end().feed).frozen);
}

TEST_CASE("a clock far ahead is chained and flagged, sorts by receipt and is not merged") {
  World world;
  auto entries = world.opened(0);
  const Hlc far = make_hlc(kNoon + std::chrono::hours(2));
  entries.push_back(world.one(v1::KIND_CONTENT, Bytes(20), [&](Header& h) { h.hlc = far; }));
  const auto result = world.peer.take(world.author, entries);
  CHECK(result->stored.size() == 2);
  CHECK(result->hlc == entries[0].header.hlc);
  CHECK(world.peer.stored(world.author.end().feed)[1].ahead);
  const Bytes place = kBySpace.key(world.author.space(), make_hlc(kNoon), world.author.end().feed, Seq{2});
  CHECK(world.peer.node.view()->get(place).value().has_value());
}

TEST_CASE("an unknown kind is kept, and goes on as it came") {
  World world;
  auto entries = world.opened(0);
  entries.push_back(world.one(static_cast<v1::Kind>(77), Bytes(20)));
  CHECK(world.peer.take(world.author, entries)->stored.size() == 2);
  const auto view = world.peer.node.view();
  const auto wire = FeedReader(*view, world.peer.node.storage_key)
                        .wire(world.author.end().feed, Seq{1}, 10, 100'000, kNoon);
  REQUIRE(wire->size() == 2);
  CHECK(proto::equal(proto::as_bytes(wire->at(1).header()), entries[1].bytes));
  CHECK(proto::equal(proto::as_bytes(wire->at(1).body()), entries[1].body));
}

TEST_CASE("a FEED_OPEN of another feed and an AUDIENCE that is none freeze the feed") {
  World world;
  auto open = world.one(v1::KIND_FEED_OPEN, Bytes(30));
  CHECK(world.peer.take(world.author, {open})->refusal->error.code == Code::kFeedBodyRule);
  CHECK(world.peer.state(world.author.end().feed).frozen == Code::kFeedBodyRule);

  World second(23);
  auto entries = second.opened(0);
  entries.push_back(second.one(v1::KIND_AUDIENCE, Bytes(30)));
  CHECK(second.peer.take(second.author, entries)->stored.size() == 1);
  CHECK(second.peer.state(second.author.end().feed).frozen == Code::kFeedBodyRule);
}

TEST_CASE("other clear bodies that are not what their kind says are withheld") {
  World world;
  auto entries = world.opened(0);
  entries.push_back(world.one(v1::KIND_WITHDRAW, Bytes(7)));
  entries.push_back(world.one(v1::KIND_LOCAL_AUDIT, Bytes(7)));
  CHECK(world.peer.take(world.author, entries)->stored.size() == 3);
  CHECK(world.peer.withheld(world.author.end().feed, Seq{2}) == Withholding::kBodyRule);
  CHECK(world.peer.withheld(world.author.end().feed, Seq{3}) == Withholding::kBodyRule);
}

TEST_CASE("the first key of an epoch stays: an author cannot take back what was read") {
  World world;
  const FeedId feed = world.author.end().feed;
  const auto grant = [&](const crypto::FeedKey& key) {
    const auto wrapped =
        crypto::wrap_feed_key(key, {world.author.end().agency, feed, KeyEpoch{1}, world.peer.node.self},
                              world.peer.opener.pair.public_key(), nullptr, world.random)
            .value();
    v1::KeyGrant message;
    message.set_key_epoch(1);
    v1::Wrap& wrap = *message.add_wrap();
    wrap.set_to(field(world.peer.node.self.view()));
    wrap.set_key_id(std::string(16, 'k'));
    wrap.set_enc(field(wrapped.encapsulated.view()));
    wrap.set_ct(field(wrapped.ciphertext));
    return world.one(v1::KIND_KEY_GRANT, proto::encode(message));
  };
  const auto holds = [&](const crypto::FeedKey& key) {
    const auto held = get_feed_key(*world.peer.node.view(), feed, KeyEpoch{1}, world.peer.node.storage_key);
    return held.ok() && crypto::equal_ct(held->bytes.view(), key.bytes.view());
  };
  const auto first = crypto::FeedKey::generate(world.random);
  const auto second = crypto::FeedKey::generate(world.random);
  auto entries = world.opened(0);
  SUBCASE("in one batch") {
    entries.push_back(grant(first));
    entries.push_back(grant(second));
    world.peer.hold(world.author, entries);
  }
  SUBCASE("one after the other") {
    entries.push_back(grant(first));
    world.peer.hold(world.author, entries);
    REQUIRE(holds(first));
    world.peer.restart();
    world.peer.hold(world.author, {grant(second)});
  }
  CHECK(holds(first));
}

TEST_CASE("what the chain needs goes on to others from quarantine too, other bodies do not") {
  World world;
  world.peer.signers.keys[world.author.signer()].compromised = true;
  auto entries = world.opened(0);
  entries.push_back(world.one(v1::KIND_AUDIENCE, proto::encode(audience_with({world.peer.node.self}))));
  entries.push_back(world.one(v1::KIND_CONTENT, Bytes(20)));
  world.peer.hold(world.author, entries);
  const FeedId feed = world.author.end().feed;
  const auto view = world.peer.node.view();
  const FeedReader reader(*view, world.peer.node.storage_key);
  const auto sent = reader.wire(feed, Seq{1}, 10, 100'000, kNoon);
  REQUIRE(sent.ok());
  REQUIRE(sent->size() == 3);
  for (const std::size_t i : {0U, 1U}) {
    CHECK(world.peer.withheld(feed, Seq{i + 1}) == Withholding::kSignerRevoked);
    CHECK(proto::equal(proto::as_bytes(sent->at(i).body()), entries[i].body));
    CHECK(reader.chain_body(entries[i].header).value() == entries[i].body);
    CHECK(reader.body(entries[i].header).error().code == Code::kFeedWithheld);
  }
  CHECK(sent->at(2).body().empty());
  CHECK(sent->at(2).withheld() == v1::WITHHELD_NOT_HELD);
  CHECK(reader.chain_body(entries[2].header).error().code == Code::kFeedWithheld);
  // Whoever is sent this takes it in.
  Peer other(world.random);
  world.author.introduce(other.signers);
  std::vector<WireEntry> list;
  for (const v1::Entry& entry : *sent)
    list.push_back(view_of(entry));
  REQUIRE(other.ingester->learn(world.author.end().agency, world.author.space(), world.author.incarnation())
              .ok());
  const auto took = other.take(feed, list, world.author.end().agency);
  REQUIRE(took.ok());
  CHECK(took->stored.size() == 2);  // the AUDIENCE does not list it
}

TEST_CASE("an AUDIENCE that would expire is refused, so that no author makes its feed unreadable") {
  World world;
  auto entries = world.opened(1);
  world.peer.hold(world.author, entries);
  const ChainEnd end = world.author.end();
  const std::vector<Made> bad{world.one(v1::KIND_AUDIENCE,
                                        proto::encode(audience_with({world.peer.node.self})),
                                        [](Header& h) { h.expires = millis(kNoon) - 1; })};
  const auto result = world.peer.take(world.author, bad);
  REQUIRE(result->refusal);
  CHECK(result->refusal->error.code == Code::kFeedBadHeader);
  world.author.rewind(end);
  const std::vector<Made> good{
      world.one(v1::KIND_AUDIENCE, proto::encode(audience_with({world.peer.node.self})))};
  world.peer.hold(world.author, good);
  const auto view = world.peer.node.view();
  CHECK(FeedReader(*view, world.peer.node.storage_key).audience(world.peer.state(end.feed)).ok());
}

TEST_CASE("bodies that did not come leave a reason; those that the chain needs must come") {
  World world;
  const auto made = world.opened(1);
  auto entries = wires(made);
  entries[1].has_body = false;
  entries[1].body = {};
  const FeedId feed = world.author.end().feed;
  const AgencyId sender = world.author.end().agency;
  REQUIRE(world.peer.ingester->learn(sender, world.author.space(), world.author.incarnation()).ok());
  CHECK(world.peer.take(feed, entries, sender)->stored.size() == 2);
  CHECK(world.peer.withheld(feed, Seq{2}) == Withholding::kNotReceived);
  const Made next = world.one(v1::KIND_AUDIENCE, proto::encode(audience_with({world.peer.node.self})));
  WireEntry bare = next.wire();
  bare.has_body = false;
  bare.body = {};
  CHECK(world.peer.take(feed, {bare}, sender)->refusal->error.code == Code::kFeedBodyMissing);
}

TEST_CASE("only the author, its audience and its relays may carry a feed, and to its audience only") {
  World world;
  const AgencyId member = world.random.next<AgencyId>();
  const AgencyId relay = world.random.next<AgencyId>();
  const AgencyId stranger = world.random.next<AgencyId>();
  auto entries = world.opened(0);
  entries.push_back(
      world.one(v1::KIND_AUDIENCE, proto::encode(audience_with({world.peer.node.self, member}, {relay}))));
  world.peer.hold(world.author, entries);
  const FeedId feed = world.author.end().feed;
  for (const AgencyId& sender : {member, relay, world.author.end().agency}) {
    const std::vector<Made> one{world.one(v1::KIND_CONTENT, Bytes(20))};
    CHECK(world.peer.take(feed, wires(one), sender)->stored.size() == 1);
  }
  std::vector<Made> more{world.one(v1::KIND_CONTENT, Bytes(20))};
  CHECK(world.peer.take(feed, wires(more), stranger)->refusal->error.code == Code::kFeedNotEntitled);

  more.push_back(world.one(v1::KIND_AUDIENCE, proto::encode(audience_with({member}))));
  more.push_back(world.one(v1::KIND_CONTENT, Bytes(20)));
  const auto last = world.peer.take(feed, wires(more), member);
  CHECK(last->stored.size() == 2);
  CHECK(last->refusal->error.code == Code::kFeedNotEntitled);
}

TEST_CASE("a reader who joined later follows the feed from where its history begins") {
  World world;
  world.opened(5);
  const auto later = world.author.feed(4, 4);
  world.peer.first = later.front().header.seq;
  CHECK(world.peer.take(world.author, later)->stored.size() == 4);
  CHECK(world.peer.state(world.author.end().feed).end == world.author.end());

  World early(24);
  early.opened(5);
  early.author.feed(2, 2);
  early.peer.first = Seq{4};
  CHECK(early.peer.take(early.author, early.author.feed(2, 2))->refusal->error.code == Code::kFeedGap);
}

TEST_CASE("an expired body is not stored, its header is") {
  World world;
  auto entries = world.opened(0);
  entries.push_back(world.one(v1::KIND_CONTENT, Bytes(20), [](Header& h) { h.expires = millis(kNoon) - 1; }));
  CHECK(world.peer.take(world.author, entries)->stored.size() == 2);
  const FeedId feed = world.author.end().feed;
  CHECK(world.peer.withheld(feed, Seq{2}) == Withholding::kExpired);
  CHECK_FALSE(world.peer.node.view()->get(kBodies.key(feed, Seq{2})).value().has_value());
}

TEST_CASE(
    "whatever order, overlap and damage batches come in, the store holds a prefix of what was written") {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    World world(seed);
    auto truth = world.opened(0);
    while (truth.size() < 60) {
      auto more = world.author.feed(1 + world.random.below(8), 1 + world.random.below(5));
      truth.insert(truth.end(), more.begin(), more.end());
    }
    const FeedId feed = world.author.end().feed;
    for (int step = 0; step < 40; ++step) {
      const std::size_t from = world.random.below(truth.size());
      const std::size_t count = 1 + world.random.below(20);
      std::vector<Made> batch(
          truth.begin() + static_cast<std::ptrdiff_t>(from),
          truth.begin() + static_cast<std::ptrdiff_t>(std::min(truth.size(), from + count)));
      if (world.random.chance(30)) {
        Made& victim = batch[world.random.below(batch.size())];
        Bytes& bytes = world.random.chance(50) ? victim.body : victim.bytes;
        bytes[world.random.below(bytes.size())] ^= std::byte{0x10};
      }
      if (world.random.chance(5)) world.peer.restart();
      REQUIRE(world.peer.take(world.author, batch).ok());
      const auto known = find_feed(*world.peer.node.view(), feed).value();
      REQUIRE((!known || !known->frozen));
    }
    world.peer.hold(world.author, truth);
    const auto stored = world.peer.stored(feed);
    REQUIRE(stored.size() == truth.size());
    const auto view = world.peer.node.view();
    const FeedReader reader(*view, world.peer.node.storage_key);
    for (std::size_t i = 0; i < stored.size(); ++i) {
      REQUIRE(stored[i].bytes == truth[i].bytes);
      REQUIRE(stored[i].sig == truth[i].sig);
      REQUIRE(reader.body(stored[i].header).value() == truth[i].body);
    }
  }
}

TEST_CASE(
    "history may lie under AUDIENCE entries that list neither the sender nor us, what follows it may not") {
  World world;
  const auto sender = world.random.next<AgencyId>();
  auto entries = world.opened(1);
  entries.push_back(
      world.one(v1::KIND_AUDIENCE, proto::encode(audience_with({world.random.next<AgencyId>()}))));
  entries.push_back(world.one(v1::KIND_CONTENT, Bytes(20)));
  entries.push_back(world.one(v1::KIND_CONTENT, Bytes(20)));
  const FeedId feed = world.author.end().feed;
  REQUIRE(
      world.peer.ingester->learn(world.author.end().agency, world.author.space(), world.author.incarnation())
          .ok());
  auto context = world.peer.context(sender);
  context.history_to = Seq{4};
  std::optional<Result<Ingested>> out;
  const auto take = [&](const std::vector<Made>& some) {
    world.peer.ingester->ingest(feed, wires(some), context,
                                [&](Result<Ingested> result) { out = std::move(result); });
    world.peer.node.run();
    REQUIRE(out);
    REQUIRE(out->ok());
  };
  take(entries);
  CHECK((**out).stored.size() == 4);
  REQUIRE((**out).refusal);
  CHECK((**out).refusal->error.code == Code::kFeedNotEntitled);
  // The same in the next batch, by the author itself: we were left out.
  context.sender = world.author.end().agency;
  context.history_to = Seq{};
  take({entries.back()});
  REQUIRE((**out).refusal);
  CHECK((**out).refusal->error.code == Code::kFeedNotEntitled);
  CHECK(world.peer.stored(feed).size() == 4);
}

TEST_CASE("a proof that came from outside freezes the feed, also while a batch is on its way") {
  World world;
  const auto entries = world.opened(2);
  const FeedId feed = world.author.end().feed;
  REQUIRE(
      world.peer.ingester->learn(world.author.end().agency, world.author.space(), world.author.incarnation())
          .ok());
  std::vector<Result<Ingested>> answers;
  const OnIngested note = [&](Result<Ingested> result) { answers.push_back(std::move(result)); };
  world.peer.ingester->freeze(feed, v1::ForkProof(), note);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].error().code == Code::kFeedUnknown);
  world.peer.hold(world.author, entries);
  v1::ForkProof proof;
  *proof.mutable_a() = evidence({entries[1], entries[2]});
  *proof.mutable_b() = proof.a();
  const auto more = world.author.feed(2, 2);
  const auto list = wires(more);
  const auto prepared = world.peer.ingester->prepare(feed, list, world.peer.signers);
  REQUIRE(prepared.ok());
  const auto context = world.peer.context(world.author.end().agency);
  const auto checked = check_batch(prepared->state, prepared->audience, list, context);
  world.peer.ingester->freeze(feed, proof, note);
  world.peer.ingester->commit(*prepared, checked, list, kNoon, note);
  world.peer.node.run();
  REQUIRE(answers.size() == 3);
  CHECK(answers[1].ok());
  CHECK(answers[2].ok());
  CHECK(world.peer.state(feed).frozen == Code::kFeedForked);
  CHECK(world.peer.node.view()->get(kForkProofs.key(feed, 1)).value().has_value());
  world.peer.ingester->freeze(feed, proof, note);
  CHECK(answers.size() == 4);
}

}  // namespace comity::feed
