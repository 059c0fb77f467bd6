// SPDX-License-Identifier: EUPL-1.2
#include <map>

#include <doctest/doctest.h>

#include "storage/faulty/faulty_store.h"
#include "storage/memory/memory_store.h"
#include "test/splitmix.h"
#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

using proto::Code;

struct Fixture {
  explicit Fixture(FaultPlan plan) {
    const auto open = [this] { return MemoryStore::open(disk, test_tables()); };
    store = std::make_unique<FaultyStore>(must(open()), std::move(plan),
                                          PowerCut{[this] { disk->crash(); }, [] {}, open});
  }
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<FaultyStore> store;

  Code commit(std::uint64_t number, const BatchId& id = {}, Durability durability = Durability::kSynced) {
    return code_of(store->commit(std::move(Batch(id).put(note(1, number), text("x"))), durability));
  }
};

BatchId some_id() {
  BatchId id;
  id.writable()[0] = std::byte{1};
  return id;
}

TEST_CASE("an injected error leaves nothing behind") {
  Fixture f(scripted_faults(StoreCall::kCommit, {Fault::kNone, Fault::kError}));
  CHECK(f.commit(1) == Code{0});
  CHECK(f.commit(2) == Code::kStoreFailed);
  CHECK(f.commit(3) == Code{0});
  CHECK(rows(*f.store, kNotes.range()).size() == 2);
}

TEST_CASE("a full disk refuses until there is room, and says so") {
  Fixture f(scripted_faults(StoreCall::kCommit, {Fault::kFullDisk}));
  CHECK(f.commit(1) == Code::kStoreNoSpace);
  CHECK(f.commit(2) == Code::kStoreNoSpace);
  REQUIRE(f.store->stats().read_only);
  CHECK(f.store->stats().read_only->code == Code::kStoreNoSpace);
  CHECK(rows(*f.store, kNotes.range()).empty());
  f.store->make_room();
  CHECK(f.commit(3) == Code{0});
  CHECK_FALSE(f.store->stats().read_only);
}

TEST_CASE("after an unknown result the same id tells what happened") {
  for (const bool applied : {true, false}) {
    CAPTURE(applied);
    Fixture f(scripted_faults(StoreCall::kCommit, {applied ? Fault::kUnknownApplied : Fault::kUnknownLost}));
    CHECK(f.commit(1, some_id()) == Code::kStoreUnknownResult);
    CHECK(f.commit(2) == Code::kStoreReadOnly);
    f.store->reopen();
    CHECK(get(*f.store, note(1, 1)).has_value() == applied);
    const Version before = f.store->stats().version;
    CHECK(f.commit(1, some_id()) == Code{0});
    CHECK(get(*f.store, note(1, 1)).has_value());
    CHECK((f.store->stats().version == before) == applied);
  }
}

TEST_CASE("a late answer holds those behind it back, in order") {
  Fixture f(scripted_faults(StoreCall::kCommit, {Fault::kNone, Fault::kLate}));
  std::vector<int> order;
  for (int i = 0; i < 4; ++i) {
    f.store->submit(
        std::move(Batch().put(note(1, static_cast<std::uint64_t>(i)), {})), Durability::kSynced,
        [&order, i](const auto&) { order.push_back(i); }, WhenFull::kRefuse);
  }
  CHECK(order == std::vector<int>{0});
  CHECK(rows(*f.store, kNotes.range()).size() == 4);
  CHECK(f.store->release_late(1) == 1);
  CHECK(order == std::vector<int>{0, 1});
  CHECK(f.store->release_late() == 2);
  CHECK(order == std::vector<int>{0, 1, 2, 3});
  CHECK(f.commit(9) == Code{0});
}

TEST_CASE("a power failure takes what was not synced, held answers too") {
  Fixture f(scripted_faults(StoreCall::kCommit, {Fault::kNone, Fault::kNone, Fault::kLate}));
  CHECK(f.commit(1) == Code{0});
  CHECK(f.commit(2, {}, Durability::kBuffered) == Code{0});
  bool answered = false;
  f.store->submit(
      std::move(Batch().put(note(1, 3), {})), Durability::kBuffered, [&](const auto&) { answered = true; },
      WhenFull::kRefuse);
  must(f.store->crash());
  CHECK_FALSE(answered);
  CHECK(rows(*f.store, kNotes.range()).size() == 1);
  CHECK_FALSE(f.store->stats().clean_start);
  CHECK(f.commit(4) == Code{0});
}

TEST_CASE("reads can fail as well") {
  for (const StoreCall call :
       {StoreCall::kSnapshot, StoreCall::kSync, StoreCall::kChanges, StoreCall::kVerify,
        StoreCall::kCheckpoint, StoreCall::kCompact, StoreCall::kRead}) {
    Fixture f(scripted_faults(call, {Fault::kError}));
    const auto once = [&]() -> Code {
      switch (call) {
        case StoreCall::kSnapshot:
          return code_of(f.store->snapshot());
        case StoreCall::kSync:
          return code_of(f.store->sync());
        case StoreCall::kChanges:
          return code_of(f.store->changes({}, 1, Shown::kDurable));
        case StoreCall::kVerify:
          return code_of(f.store->verify(Depth::kRows, {}));
        case StoreCall::kCheckpoint:
          return code_of(f.store->checkpoint("copy"));
        case StoreCall::kCompact:
          return code_of(f.store->compact(kNotes.range()));
        default:
          return code_of(must(f.store->snapshot())->get(note(1, 1)));
      }
    };
    CHECK(once() == Code::kStoreFailed);
    CHECK(once() == Code{0});
  }
}

TEST_CASE("seeded faults: who retries by id writes everything exactly once") {
  comity::test::SplitMix prng(7);
  Fixture f(seeded_faults({.error = 100, .full_disk = 50, .unknown = 150, .late = 50, .read_error = 0},
                          [&] { return prng.next(); }));
  std::map<Code, int> seen;
  for (std::uint64_t i = 0; i < 400; ++i) {
    BatchId id;
    const auto number = proto::to_be(i + 1);
    std::copy(number.begin(), number.end(), id.writable().begin());
    for (bool done = false; !done;) {
      std::optional<Code> answer;
      f.store->submit(
          std::move(Batch(id).put(note(1, i), text("x"))), Durability::kSynced,
          [&](const auto& result) { answer = code_of(result); }, WhenFull::kRefuse);
      if (!answer) f.store->release_late();
      ++seen[answer.value()];
      done = answer == Code{0};
      f.store->reopen();
      f.store->make_room();
    }
  }
  CHECK(rows(*f.store, kNotes.range()).size() == 400);
  CHECK(f.store->stats().version == Version{400});
  CHECK(seen[Code::kStoreFailed] > 0);
  CHECK(seen[Code::kStoreNoSpace] > 0);
  CHECK(seen[Code::kStoreUnknownResult] > 0);
}

}  // namespace
}  // namespace comity::storage::test
