// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "storage/faulty/faulty_store.h"
#include "test/unit/feed/peer.h"

namespace comity::feed {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using storage::Fault;

std::unique_ptr<storage::Store> faulty(std::deque<Fault> faults) {
  auto inner =
      storage::MemoryStore::open(std::make_shared<storage::MemoryDisk>(), storage::Tables(tables())).value();
  return std::make_unique<storage::FaultyStore>(
      std::move(inner), storage::scripted_faults(storage::StoreCall::kCommit, std::move(faults)));
}

}  // namespace

TEST_CASE(
    "a failed batch takes down those built upon it, and what still waits goes on from the stored head") {
  SeededRandom random(51);
  Node node(random, faulty({Fault::kNone, Fault::kError}));
  const SpaceId space = random.next<SpaceId>();
  const FeedId feed = node.open(space);
  for (int i = 0; i < 700; ++i)
    node.post(feed, space, "post " + std::to_string(i));
  node.run();
  REQUIRE(node.answers.size() == 701);
  std::size_t failed = 0;
  Seq expected{2};
  for (std::size_t i = 1; i < node.answers.size(); ++i) {
    if (!node.answers[i].ok()) {
      ++failed;
      CHECK(expected == Seq{2});  // nothing is stored before what failed
      continue;
    }
    CHECK(node.answers[i]->seq == expected);
    expected = next(expected);
  }
  CHECK(failed == 512);  // two batches were under way
  const auto view = node.view();
  CHECK(FeedReader(*view, node.storage_key).headers(feed, Seq{1}, 1000)->size() == 701 - failed);
  CHECK(node.writer->idle());
}

TEST_CASE("a full disk is answered, stores nothing, and writing goes on when there is room") {
  SeededRandom random(52);
  auto store = faulty({Fault::kNone, Fault::kFullDisk});
  auto* const disk = static_cast<storage::FaultyStore*>(store.get());
  Node node(random, std::move(store));
  const SpaceId space = random.next<SpaceId>();
  const FeedId feed = node.open(space);
  node.post(feed, space, "no room");
  node.run();
  CHECK(node.answers.back().error().code == Code::kStoreNoSpace);
  disk->make_room();
  node.post(feed, space, "room");
  node.run();
  CHECK(node.last().seq == Seq{2});
}

TEST_CASE("a feed whose first batch failed is not there, and says so") {
  SeededRandom random(53);
  Node node(random, faulty({Fault::kError}));
  const SpaceId space = random.next<SpaceId>();
  const auto feed = node.writer->open({.space = space, .inside = true}, node.note());
  REQUIRE(feed.ok());
  node.run();
  CHECK_FALSE(node.answers.back().ok());
  node.post(*feed, space, "x");
  node.run();
  CHECK(node.answers.back().error().code == Code::kFeedUnknown);
}

TEST_CASE("received entries whose batch failed are taken when they come again") {
  SeededRandom random(54);
  Peer peer(random, faulty({Fault::kNone, Fault::kError}));
  Author author(random);
  author.introduce(peer.signers);
  peer.hold(author, {open_entry(author)});
  const auto entries = author.feed(5, 5);
  CHECK(peer.take(author, entries).error().code == Code::kStoreFailed);
  CHECK(peer.take(author, entries)->stored.size() == 5);
  CHECK(peer.state(author.end().feed).end == author.end());
}

}  // namespace comity::feed
