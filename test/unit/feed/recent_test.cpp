// SPDX-License-Identifier: EUPL-1.2
// Entries in memory beside those of the store.
#include "node/feed/recent.h"

#include <doctest/doctest.h>

#include "node/feed/follow.h"
#include "node/feed/reindex.h"
#include "node/feed/tables.h"
#include "storage/faulty/faulty_store.h"
#include "test/unit/feed/peer.h"

namespace comity::feed::test {
namespace {

std::shared_ptr<const RecentEntry> entry_at(const FeedId& feed, std::uint64_t seq, std::size_t body = 100) {
  RecentEntry entry;
  entry.stored.header.feed = feed;
  entry.stored.header.seq = Seq{seq};
  entry.stored.header.id.writable()[0] = static_cast<std::byte>(seq);
  entry.body = Bytes(body);
  return std::make_shared<const RecentEntry>(std::move(entry));
}

FeedId feed_of(std::uint8_t number) {
  FeedId feed;
  feed.writable()[0] = std::byte{number};
  return feed;
}

std::shared_ptr<const v1::Content> text_of(std::size_t bytes) {
  v1::Content content;
  content.set_data(std::string(bytes, 'x'));
  return std::make_shared<const v1::Content>(std::move(content));
}

}  // namespace

TEST_CASE("the newest entries stay, the oldest go, and never more bytes than allowed") {
  Recent recent(20'000);
  const FeedId feed = feed_of(1);
  for (std::uint64_t seq = 1; seq <= 100; ++seq) {
    recent.put(entry_at(feed, seq), text_of(seq % 7 * 100));
    CHECK(recent.bytes() <= 20'000);
    CHECK(recent.find(feed, Seq{seq}) != nullptr);
  }
  CHECK(recent.find(feed, Seq{1}) == nullptr);
  CHECK(recent.find(feed_of(2), Seq{100}) == nullptr);
  // One that is larger than everything is not kept, and drives nobody out.
  recent.put(entry_at(feed, 101, 30'000));
  CHECK(recent.find(feed, Seq{101}) == nullptr);
  CHECK(recent.find(feed, Seq{100}) != nullptr);
  // What is opened later counts too.
  const EntryId id = recent.find(feed, Seq{100})->stored.header.id;
  recent.put_content(id, feed, Seq{100}, text_of(15'000));
  CHECK(recent.bytes() <= 20'000);
}

TEST_CASE("an entry is put anew, and forgotten with all that belongs to it") {
  Recent recent(100'000);
  const FeedId feed = feed_of(1);
  recent.put(entry_at(feed, 5), text_of(10));
  const std::size_t one = recent.bytes();
  recent.put(entry_at(feed, 5), text_of(10));
  CHECK(recent.bytes() == one);
  recent.put(entry_at(feed, 6), nullptr);
  recent.put(entry_at(feed, 7), nullptr);
  const EntryId id = recent.find(feed, Seq{5})->stored.header.id;
  CHECK(recent.content(id, feed, Seq{5}) != nullptr);
  CHECK(recent.content(EntryId(), feed, Seq{5}) == nullptr);
  recent.put_content(EntryId(), feed, Seq{6}, text_of(10));
  CHECK(recent.content(recent.find(feed, Seq{6})->stored.header.id, feed, Seq{6}) == nullptr);
  recent.forget(feed, Seq{5}, Seq{6});
  CHECK(recent.find(feed, Seq{5}) == nullptr);
  CHECK(recent.content(id, feed, Seq{5}) == nullptr);
  CHECK(recent.find(feed, Seq{7}) != nullptr);
  recent.forget(feed, Seq{1}, Seq{9});
  CHECK(recent.bytes() == 0);
}

TEST_CASE("what is read from memory is what is read from the store") {
  SeededRandom random(31);
  Node node(random);
  const auto space = random.next<SpaceId>();
  const FeedId feed = node.open(space);
  for (int i = 0; i < 150; ++i)
    node.post(feed, space, "post " + std::to_string(i));
  node.run();
  const auto view = node.view();
  const FeedReader stored(*view, node.storage_key);
  const FeedReader quick(*view, node.storage_key, node.recent.get());
  const std::uint64_t last = raw(get_feed(*view, feed).value().end.seq);
  CHECK(last == 151);
  for (std::uint64_t seq = 1; seq <= last; ++seq) {
    REQUIRE(node.recent->find(feed, Seq{seq}) != nullptr);
    const auto a = stored.header(feed, Seq{seq}).value();
    const auto b = quick.header(feed, Seq{seq}).value();
    CHECK(a.bytes == b.bytes);
    CHECK(a.sig == b.sig);
    CHECK(a.received == b.received);
    CHECK(a.header.id == b.header.id);
    CHECK(stored.body(a.header).value() == quick.body(a.header).value());
    if (a.header.kind != v1::KIND_CONTENT) continue;
    CHECK(stored.content(a.header)->SerializeAsString() == quick.content(a.header)->SerializeAsString());
  }
  for (const std::size_t entries : {1U, 64U, 100U, 256U}) {
    for (const std::size_t bytes : {1'000U, 20'000U, 500'000U}) {
      const auto a = stored.wire(feed, Seq{1}, entries, bytes, node.now).value();
      const auto b = quick.wire(feed, Seq{1}, entries, bytes, node.now).value();
      REQUIRE(a.size() == b.size());
      for (std::size_t i = 0; i < a.size(); ++i)
        CHECK(a[i].SerializeAsString() == b[i].SerializeAsString());
    }
  }
}

TEST_CASE("a body that is withheld by now is not served from memory") {
  SeededRandom random(32);
  Node node(random);
  const auto space = random.next<SpaceId>();
  const FeedId feed = node.open(space);
  node.post(feed, space, "hello");
  node.run();
  const Seq seq = node.last().seq;
  storage::Batch batch;
  const Bytes key = kWithheld.key(feed, seq);
  batch.put(key, encode_withheld(key, {Withholding::kDisposed, node.now}));
  REQUIRE(node.store->commit(std::move(batch)).ok());
  const auto view = node.view();
  const FeedReader reader(*view, node.storage_key, node.recent.get());
  const auto header = reader.header(feed, seq).value().header;
  CHECK(reader.body(header).error().code == Code::kFeedWithheld);
  CHECK(reader.content(header).error().code == Code::kFeedWithheld);
  const auto wire = reader.wire(feed, seq, 10, 100'000, node.now).value();
  CHECK(wire.front().body().empty());
  CHECK(wire.front().withheld() == v1::WITHHELD_DISPOSED);
}

TEST_CASE("what the store did not take is not in memory either") {
  SeededRandom random(33);
  Node node(random,
            std::make_unique<storage::FaultyStore>(
                storage::MemoryStore::open(std::make_shared<storage::MemoryDisk>(), storage::Tables(tables()))
                    .value(),
                storage::scripted_faults(storage::StoreCall::kCommit,
                                         {storage::Fault::kNone, storage::Fault::kError})));
  const auto space = random.next<SpaceId>();
  const FeedId feed = node.open(space);
  node.post(feed, space, "lost");
  node.run();
  REQUIRE_FALSE(node.answers.back().ok());
  CHECK(node.recent->find(feed, Seq{1}) != nullptr);
  CHECK(node.recent->find(feed, Seq{2}) == nullptr);
}

// Fails at its first entry while it is told to.
class Moody final : public Follower {
 public:
  bool fails = false;
  mutable std::size_t seen = 0;
  [[nodiscard]] std::string_view name() const override { return "moody"; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] std::vector<storage::TableInfo> tables() const override { return {}; }
  [[nodiscard]] Status apply(std::span<const FollowedEntry> entries, const storage::View& /*view*/,
                             storage::Batch& /*rows*/) const override {
    if (fails && !entries.empty()) return Error{Code::kFeedDamaged, "a mood"};
    seen += entries.size();
    return {};
  }
};

TEST_CASE("followers share a page, and one that fails holds nobody back and misses nothing") {
  SeededRandom random(34);
  Node node(random);
  const auto space = random.next<SpaceId>();
  const SpaceCounts counts;
  Moody moody;
  const std::vector<const Follower*> both{&moody, &counts};
  storage::Batch fresh;
  put_fresh_projections(fresh, {}, both);
  REQUIRE(node.store->commit(std::move(fresh)).ok());
  const FeedId feed = node.open(space);
  const auto follow_all = [&] {
    for (int i = 0; i < 100; ++i) {
      const auto more = follow(*node.store, both, node.recent.get());
      if (!more.ok() || !*more) return more.ok();
    }
    return false;
  };
  const auto counted = [&] { return space_count(*node.view(), space, node.self)->entries; };
  CHECK(follow_all());
  CHECK(moody.seen == 1);
  moody.fails = true;
  for (int i = 0; i < 700; ++i)
    node.post(feed, space, "post");
  node.run();
  for (int i = 0; i < 20; ++i)
    CHECK_FALSE(follow_all());
  CHECK(counted() == 701);
  CHECK(moody.seen == 1);
  moody.fails = false;
  CHECK(follow_all());
  CHECK(moody.seen == 701);
  CHECK(counted() == 701);
}

}  // namespace comity::feed::test
