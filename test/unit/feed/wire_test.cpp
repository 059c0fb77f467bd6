// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "storage/faulty/faulty_store.h"
#include "test/unit/feed/node.h"

namespace comity::feed {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using storage::Fault;

void commit(Node& node, storage::Batch batch) {
  REQUIRE(node.store->commit(std::move(batch)).ok());
}

Result<std::vector<v1::Entry>> all_of(const Node& node, const FeedId& feed) {
  const auto view = node.view();
  return FeedReader(*view, node.storage_key).wire(feed, Seq{1}, 1000, 1'000'000, kNoon);
}

}  // namespace

TEST_CASE("a page with a damaged or missing body or body key is not sent, and the row is named") {
  SeededRandom random(71);
  Node node(random);
  const SpaceId space = random.next<SpaceId>();
  const FeedId feed = node.open(space);
  for (int i = 0; i < 100; ++i)
    node.post(feed, space, "post " + std::to_string(i));
  node.run();
  REQUIRE(all_of(node, feed)->size() == 101);
  const auto refused = [&](std::string_view table) {
    const auto page = all_of(node, feed);
    REQUIRE_FALSE(page.ok());
    CHECK(page.error().code == Code::kFeedDamaged);
    CHECK(page.error().detail.starts_with(table));
    CHECK(page.error().detail.find("seq=50") != std::string::npos);
  };
  const std::vector<std::pair<std::string_view, Bytes>> rows{{"bodies", kBodies.key(feed, Seq{50})},
                                                             {"body_keys", kBodyKeys.key(feed, Seq{50})}};
  for (const auto& [table, key] : rows) {
    const Bytes good = node.view()->get(key).value().value();
    Bytes bad = good;
    bad[good.size() / 2] ^= std::byte{1};
    commit(node, std::move(storage::Batch().put(key, bad)));
    refused(table);
    commit(node, std::move(storage::Batch().erase(key)));
    refused(table);
    commit(node, std::move(storage::Batch().put(key, good)));
    CHECK(all_of(node, feed)->size() == 101);
  }
  // A sound body in another entry's place is damage too.
  const auto view = node.view();
  commit(node, std::move(storage::Batch().put(rows[0].second,
                                              view->get(kBodies.key(feed, Seq{49})).value().value())));
  refused("bodies");
}

TEST_CASE("a release record that went down with its batch is written with the next post") {
  SeededRandom random(72);
  auto inner =
      storage::MemoryStore::open(std::make_shared<storage::MemoryDisk>(), storage::Tables(tables())).value();
  Node node(random,
            std::make_unique<storage::FaultyStore>(
                std::move(inner), storage::scripted_faults(storage::StoreCall::kCommit,
                                                           {Fault::kNone, Fault::kNone, Fault::kError})));
  const SpaceId space = random.next<SpaceId>();
  const FeedId feed = node.open(space, false);
  node.readers = {random.next<AgencyId>()};
  node.audience(feed);
  node.run();
  node.post(feed, space, "lost");
  node.run();
  REQUIRE_FALSE(node.answers.back().ok());
  const Bytes record = kReleases.key(node.decide(space).id());
  CHECK_FALSE(node.view()->get(record).value().has_value());
  for (const char* text : {"kept", "kept too"}) {
    node.post(feed, space, text);
    node.run();
    const auto view = node.view();
    const auto stored = FeedReader(*view, node.storage_key).find(node.last().id);
    REQUIRE(stored.ok());
    CHECK(kReleases.key(stored->header.release) == record);
    CHECK(view->get(record).value() == node.decide(space).record());
  }
}

}  // namespace comity::feed
