// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "node/feed/key_epochs.h"
#include "test/unit/feed/node.h"

namespace comity::feed {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct World {
  SeededRandom random{7};
  Node node{random};
  SpaceId space = random.next<SpaceId>();

  std::vector<StoredHeader> stored(const FeedId& feed) const {
    const auto view = node.view();
    auto headers = FeedReader(*view, node.storage_key).headers(feed, Seq{1}, 100'000);
    REQUIRE(headers.ok());
    return *std::move(headers);
  }
  std::size_t count(const storage::Range& range) const {
    std::size_t rows = 0;
    REQUIRE(node.view()->walk(range, false, [&](ByteView, ByteView) { return ++rows > 0; }).ok());
    return rows;
  }
};

}  // namespace

TEST_CASE("what was posted is read back, by place and by id") {
  World world;
  const FeedId feed = world.node.open(world.space);
  world.node.post(feed, world.space, "Minutes of Monday");
  world.node.run();
  const Appended posted = world.node.last();
  CHECK(posted.seq == Seq{2});
  const auto view = world.node.view();
  const FeedReader reader(*view, world.node.storage_key);
  const auto found = reader.find(posted.id);
  REQUIRE(found.ok());
  CHECK(found->header.hlc == posted.hlc);
  CHECK(found->header.release.is_zero());
  CHECK(world.node.text(found->header) == "Minutes of Monday");
  CHECK(reader.find(world.random.next<EntryId>()).error().code == Code::kEntryUnknown);
  CHECK(world.count(kBySpace.range(world.space)) == 2);
}

TEST_CASE("waiting posts share runs and one commit, and every run verifies") {
  World world;
  const FeedId feed = world.node.open(world.space);
  const auto before = world.node.store->stats().batches;
  for (int i = 0; i < 150; ++i)
    world.node.post(feed, world.space, "post " + std::to_string(i));
  world.node.run();
  CHECK(world.node.store->stats().batches == before + 1);
  REQUIRE(world.node.answers.size() == 151);
  const auto headers = world.stored(feed);
  std::size_t signatures = 0;
  for (const auto& item : headers)
    signatures += item.sig.empty() ? 0 : 1;
  CHECK(signatures == 1 + 3);

  KnownSigners signers;
  signers.keys[world.node.key_id] = {.key = world.node.pair.public_key()};
  const auto view = world.node.view();
  const auto wire = FeedReader(*view, world.node.storage_key).wire(feed, Seq{1}, 1000, 1'000'000, kNoon);
  REQUIRE(wire.ok());
  std::vector<WireEntry> entries;
  for (const auto& entry : *wire)
    entries.push_back(view_of(entry));
  const auto verified = verify_runs({.agency = world.node.self, .feed = feed}, entries, signers);
  CHECK_FALSE(verified.refusal);
  CHECK(verified.headers.size() == headers.size());
}

TEST_CASE("what travels ends on a signature and keeps to its bounds") {
  World world;
  const FeedId feed = world.node.open(world.space);
  for (int i = 0; i < 150; ++i)
    world.node.post(feed, world.space, "post");
  world.node.run();
  const auto view = world.node.view();
  const FeedReader reader(*view, world.node.storage_key);
  std::size_t seen = 0;
  for (Seq from{1};;) {
    const auto part = reader.wire(feed, from, 10, 1'000'000, kNoon);
    REQUIRE(part.ok());
    if (part->empty()) break;
    CHECK(part->size() <= 64);
    CHECK_FALSE(part->back().sig().empty());
    seen += part->size();
    from = Seq{raw(from) + part->size()};
  }
  CHECK(seen == world.stored(feed).size());
}

TEST_CASE("evidence from the store convinces without the store") {
  World world;
  const FeedId feed = world.node.open(world.space);
  for (int i = 0; i < 10; ++i)
    world.node.post(feed, world.space, "post");
  world.node.run();
  KnownSigners signers;
  signers.keys[world.node.key_id] = {.key = world.node.pair.public_key()};
  const auto view = world.node.view();
  const FeedReader reader(*view, world.node.storage_key);
  for (const auto& item : world.stored(feed)) {
    const auto proof = reader.evidence(feed, item.header.seq);
    REQUIRE(proof.ok());
    CHECK(verify_evidence(*proof, signers).value().id == item.header.id);
  }
}

TEST_CASE("a shared feed names its audience, its release and its grant") {
  World world;
  const FeedId feed = world.node.open(world.space, false);
  const auto reader_key = crypto::X25519KeyPair::generate(world.random);
  world.node.readers = {world.random.next<AgencyId>(), world.random.next<AgencyId>()};
  world.node.grants.keys[world.node.readers[0]] = reader_key.public_key();
  const AgencyId reader = world.node.readers[0];
  world.node.audience(feed);
  world.node.post(feed, world.space, "for two");
  world.node.run();
  const auto headers = world.stored(feed);
  REQUIRE(headers.size() == 4);  // FEED_OPEN, AUDIENCE, KEY_GRANT, CONTENT
  CHECK(headers[2].header.kind == v1::KIND_KEY_GRANT);
  const Header& post = headers[3].header;
  CHECK(post.audience_seq == Seq{2});
  CHECK(post.audience_id == headers[1].header.id);
  CHECK(post.release == world.node.decide(world.space).id());
  CHECK(world.count(kReleases.range()) == 1);

  const auto view = world.node.view();
  const auto body = FeedReader(*view, world.node.storage_key).body(headers[2].header);
  const auto grant = proto::decode<v1::KeyGrant>(*body, 100'000);
  REQUIRE(grant.ok());
  REQUIRE(grant->wrap_size() == 1);  // of the other one no key is known yet
  crypto::WrappedFeedKey wrapped;
  wrapped.encapsulated = crypto::X25519PublicKey::from(proto::as_bytes(grant->wrap(0).enc())).value();
  std::copy_n(proto::as_bytes(grant->wrap(0).ct()).begin(), wrapped.ciphertext.size(),
              wrapped.ciphertext.begin());
  const auto key =
      crypto::unwrap_feed_key(wrapped, {world.node.self, feed, KeyEpoch{1}, reader}, reader_key, {});
  REQUIRE(key.ok());
  const auto sealed = FeedReader(*view, world.node.storage_key).body(post);
  CHECK(crypto::open_body(key->key, post.slot(), *sealed).ok());
}

TEST_CASE("a decision made for another audience or space is refused when its turn comes") {
  World world;
  const FeedId feed = world.node.open(world.space, false);
  world.node.readers = {world.random.next<AgencyId>()};
  world.node.post(feed, world.space, "too early");
  world.node.audience(feed);
  world.node.post(feed, world.space, "in time");
  world.node.post(feed, world.random.next<SpaceId>(), "elsewhere");
  world.node.run();
  const auto& answers = world.node.answers;
  REQUIRE(answers.size() == 5);
  CHECK(answers[1].error().code == Code::kFeedDecision);
  CHECK(answers[2].ok());
  CHECK(answers[3].ok());
  CHECK(answers[4].error().code == Code::kFeedDecision);
}

TEST_CASE("a key epoch ends with the audience, after a week and after its count") {
  World world;
  const FeedId feed = world.node.open(world.space);
  const auto epoch = [&] {
    world.node.post(feed, world.space, "x");
    world.node.run();
    world.node.last();
    return raw(world.stored(feed).back().header.key_epoch);
  };
  CHECK(epoch() == 1);
  CHECK(epoch() == 1);
  world.node.now += kEpochAge;
  CHECK(epoch() == 2);
  world.node.audience(feed);
  CHECK(epoch() == 3);
  for (std::uint32_t i = 0; i + 1 < kEpochEntries; ++i) {
    world.node.post(feed, world.space, "x");
    if (i % 500 == 0) world.node.run();
  }
  CHECK(epoch() == 4);
}

TEST_CASE("after a restart the chain, its epoch and its audience go on") {
  World world;
  const FeedId feed = world.node.open(world.space, false);
  world.node.readers = {world.random.next<AgencyId>()};
  world.node.audience(feed);
  world.node.post(feed, world.space, "before");
  world.node.run();
  world.node.restart();
  world.node.post(feed, world.space, "after");
  world.node.run();
  world.node.last();
  const auto headers = world.stored(feed);
  CHECK(world.node.text(headers.back().header) == "after");
  CHECK(headers.back().header.key_epoch == KeyEpoch{1});
  CHECK(headers.back().header.audience_seq == Seq{2});
}

TEST_CASE("a clock that falls back counts on, and one that ran far ahead asks for a new feed") {
  World world;
  const FeedId feed = world.node.open(world.space);
  world.node.now -= std::chrono::minutes(4);
  world.node.post(feed, world.space, "x");
  world.node.run();
  world.node.last();
  world.node.now -= std::chrono::minutes(2);
  world.node.post(feed, world.space, "x");
  world.node.run();
  CHECK(world.node.answers.back().error().code == Code::kFeedClockAhead);
}

TEST_CASE("a closed feed takes nothing more, and a foreign or unknown one never did") {
  World world;
  const FeedId feed = world.node.open(world.space);
  world.node.writer->append(feed, clear_draft(v1::KIND_FEED_CLOSE, {}, world.node.note()));
  world.node.post(feed, world.space, "x");
  world.node.run();
  CHECK(world.node.answers.back().error().code == Code::kFeedClosed);
  world.node.post(world.random.next<FeedId>(), world.space, "x");
  CHECK(world.node.answers.back().error().code == Code::kFeedUnknown);
}

TEST_CASE("rows that join an entry are committed with it or not at all") {
  World world;
  const FeedId feed = world.node.open(world.space);
  Draft draft = clear_draft(v1::KIND_LOCAL_AUDIT, Bytes(30), world.node.note());
  draft.join = [&](storage::Batch& batch, const Appended& at) {
    batch.put(kHolds.key(at.id), proto::as_bytes("held"));
  };
  world.node.writer->append(feed, std::move(draft));
  world.node.run();
  CHECK(world.node.view()->get(kHolds.key(world.node.last().id)).value().has_value());
}

TEST_CASE("a body beyond its bound is answered, and what waits behind it goes on") {
  World world;
  const FeedId feed = world.node.open(world.space);
  world.node.writer->append(feed,
                            content_draft(world.node.decide(world.space), Bytes(400'000), world.node.note()));
  world.node.post(feed, world.space, "small");
  world.node.run();
  REQUIRE(world.node.answers.size() == 3);
  CHECK(world.node.answers[1].error().code == Code::kBodyTooLarge);
  CHECK(world.node.last().seq == Seq{2});
}

TEST_CASE("every flipped byte of a stored row is found and named, and never served") {
  World world;
  const FeedId feed = world.node.open(world.space);
  world.node.post(feed, world.space, "precious");
  world.node.run();
  const Appended posted = world.node.last();
  const auto view = world.node.view();
  struct Case {
    Bytes key;
    std::string_view table;
  };
  const std::vector<Case> cases{{kFeeds.key(feed), "feeds"},
                                {kHeaders.key(feed, posted.seq), "headers"},
                                {kBodies.key(feed, posted.seq), "bodies"},
                                {kBodyKeys.key(feed, posted.seq), "body_keys"},
                                {kEntries.key(ref_of(posted.id)), "entries"},
                                {kKeyEpochs.key(feed, KeyEpoch{1}), "key_epochs"}};
  for (const Case& item : cases) {
    const Bytes good = view->get(item.key).value().value();
    for (std::size_t at = 0; at < good.size(); ++at) {
      Bytes bad = good;
      bad[at] ^= std::byte{1} << static_cast<int>(at % 8);
      REQUIRE(world.node.store->commit(std::move(storage::Batch().put(item.key, bad))).ok());
      const auto now = world.node.view();
      const FeedReader reader(*now, world.node.storage_key);
      Status status;
      if (item.table == "feeds") {
        const auto state = get_feed(*now, feed);
        if (!state.ok()) status = state.error();
      } else {
        const auto found = reader.find(posted.id);
        if (!found.ok()) {
          status = found.error();
        } else if (const auto content = reader.content(found->header); !content.ok()) {
          status = content.error();
        }
      }
      REQUIRE_FALSE(status.ok());
      CHECK(status.error().code == Code::kFeedDamaged);
      CHECK(status.error().detail.starts_with(item.table));
    }
    REQUIRE(world.node.store->commit(std::move(storage::Batch().put(item.key, good))).ok());
  }
}

}  // namespace comity::feed
