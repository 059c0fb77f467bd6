// SPDX-License-Identifier: EUPL-1.2
// What every adapter promises over time: retries, the change stream, crashes, reopening, upkeep, closing.
#include <map>

#include <doctest/doctest.h>

#include "storage/schema.h"
#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

using proto::Code;
using proto::raw;

BatchId id_of(std::uint8_t number) {
  BatchId id;
  id.writable().back() = std::byte{number};
  return id;
}

Batch put(std::uint64_t number, std::string_view value, const BatchId& id = {}) {
  return std::move(Batch(id).put(note(1, number), text(value)));
}

/// Version and keys of the streamed batches after `after`, page by page.
std::vector<Change> stream(Store& store, Version after, std::size_t limit) {
  std::vector<Change> all;
  while (true) {
    ChangePage page = must(store.changes(after, limit));
    CHECK(page.batches.size() <= limit);
    for (Change& change : page.batches)
      all.push_back(std::move(change));
    after = page.upto;
    if (!page.more) return all;
  }
}

TEST_CASE("a batch that is sent again is recognised and not applied again") {
  with_each([](Store& store, Adapter&) {
    const Version first = must(store.commit(put(1, "first", id_of(1))));
    must(store.commit(put(1, "second", id_of(2))));
    CHECK(must(store.commit(put(1, "first", id_of(1)))) == first);
    CHECK(get(store, note(1, 1)) == text("second"));
    // Without an id nothing is recognised.
    const Version third = must(store.commit(put(1, "third")));
    CHECK(must(store.commit(put(1, "third"))) != third);
    // A guard that no longer holds does not stand in the way of the recognition.
    CHECK(must(store.commit(std::move(put(1, "first", id_of(1)).expect_absent(note(1, 1))))) == first);
  });
}

TEST_CASE("a batch that failed is not recognised") {
  with_each([](Store& store, Adapter&) {
    Batch refused = std::move(put(1, "x", id_of(3)).expect_present(note(1, 2)));
    CHECK(code_of(store.commit(refused)) == Code::kStoreGuardFailed);
    must(store.commit(put(2, "now it is there")));
    must(store.commit(refused));
    CHECK(get(store, note(1, 1)) == text("x"));
  });
}

TEST_CASE("ids are recognised in the same group and after reopening") {
  for (const auto& adapter : all_adapters()) {
    const std::string adapter_name = adapter->name();
    CAPTURE(adapter_name);
    Version first{};
    {
      const auto store = must(adapter->open({}));
      std::vector<Version> versions;
      for (int i = 0; i < 3; ++i) {
        store->submit(
            put(1, "once", id_of(9)), Durability::kSynced,
            [&](const proto::Result<Version>& result) { versions.push_back(must(result)); }, WhenFull::kWait);
      }
      must(store->close());
      REQUIRE(versions.size() == 3);
      CHECK(versions[0] == versions[1]);
      CHECK(versions[0] == versions[2]);
      first = versions[0];
    }
    const auto store = must(adapter->open({}));
    must(store->commit(put(1, "changed")));
    CHECK(must(store->commit(put(1, "once", id_of(9)))) == first);
    CHECK(get(*store, note(1, 1)) == text("changed"));
  }
}

TEST_CASE("the change stream tells which streamed keys each batch touched") {
  with_each([](Store& store, Adapter&) {
    const Version start = store.stats().version;
    must(store.commit(put(1, "a", id_of(1))));
    must(store.commit(std::move(Batch().put(kBodies.key(NoteId()), text("not streamed")))));
    Batch mixed(id_of(2));
    mixed.put(kSecrets.key(NoteId()), text("no")).put(note(1, 2), text("b")).erase(note(1, 1));
    mixed.erase_range(note(1, 5), note(1, 9)).put(kNewest.key("w", {7}), {});
    must(store.commit(std::move(mixed)));
    const std::vector<Change> expected{{Version{raw(start) + 1}, id_of(1), {{OpKind::kPut, note(1, 1), {}}}},
                                       {Version{raw(start) + 3},
                                        id_of(2),
                                        {{OpKind::kPut, note(1, 2), {}},
                                         {OpKind::kErase, note(1, 1), {}},
                                         {OpKind::kEraseRange, note(1, 5), note(1, 9)},
                                         {OpKind::kPut, kNewest.key("w", {7}), {}}}}};
    CHECK(stream(store, start, 100) == expected);
    CHECK(stream(store, start, 1) == expected);
    const ChangePage rest = must(store.changes(Version{raw(start) + 1}, 1));
    CHECK(rest.batches.size() == 1);
    CHECK(rest.upto == Version{raw(start) + 3});
    CHECK_FALSE(rest.more);
    CHECK(must(store.changes(rest.upto, 1)).batches.empty());
    CHECK(code_of(store.changes(start, 0)) == Code::kStoreBounds);
  });
}

TEST_CASE("what is committed and not durable yet is shown to those who ask for it") {
  with_each([](Store& store, Adapter&) {
    must(store.commit(put(1, "durable")));
    const Version synced = store.stats().durable;
    const Version buffered = must(store.commit(put(2, "buffered"), Durability::kBuffered));
    const ChangePage shown = must(store.changes(synced, 10, Shown::kCommitted));
    REQUIRE(shown.batches.size() == 1);
    CHECK(shown.batches[0].version == buffered);
    CHECK(shown.upto == buffered);
    CHECK(shown.durable == synced);
    const ChangePage durable = must(store.changes(synced, 10));
    CHECK(durable.batches.empty());
    CHECK(durable.durable == synced);
    must(store.sync());
    CHECK(must(store.changes(synced, 10)).batches.size() == 1);
    CHECK(must(store.changes(buffered, 10, Shown::kCommitted)).durable == buffered);
  });
}

TEST_CASE("the change stream shows durable batches only") {
  with_each([](Store& store, Adapter&) {
    const Version start = store.stats().version;
    const Version buffered = must(store.commit(put(1, "a"), Durability::kBuffered));
    CHECK(get(store, note(1, 1)) == text("a"));
    CHECK(store.stats().version == buffered);
    CHECK(store.stats().durable == start);
    CHECK(must(store.changes(start, 10)).batches.empty());
    must(store.sync());
    CHECK(store.stats().durable == buffered);
    CHECK(must(store.changes(start, 10)).batches.size() == 1);
    must(store.commit(put(2, "b"), Durability::kBuffered));
    must(store.commit(put(3, "c"), Durability::kSynced));
    CHECK(must(store.changes(buffered, 10)).batches.size() == 2);
  });
}

TEST_CASE("a buffered batch that is tried again as synced becomes durable") {
  with_each([](Store& store, Adapter&) {
    const Version version = must(store.commit(put(1, "a", id_of(4)), Durability::kBuffered));
    CHECK(store.stats().durable < version);
    CHECK(must(store.commit(put(1, "a", id_of(4)), Durability::kSynced)) == version);
    CHECK(store.stats().durable == version);
  });
}

TEST_CASE("a reader of the stream that comes too late is told so") {
  with_each([](Store& store, Adapter&) {
    const Version start = store.stats().version;
    for (std::uint64_t i = 0; i < 10; ++i)
      must(store.commit(put(i, "x")));
    must(store.trim_changes(Version{raw(start) + 4}));
    CHECK(code_of(store.changes(start, 100)) == Code::kStoreChangesTruncated);
    CHECK(code_of(store.changes(Version{raw(start) + 3}, 100)) == Code::kStoreChangesTruncated);
    CHECK(store.stats().first_change == Version{raw(start) + 5});
    CHECK(stream(store, Version{raw(start) + 4}, 3).size() == 6);
    // Everything may be forgotten but the last batch: its version must outlive the process.
    must(store.trim_changes(Version{1000000}));
    CHECK(stream(store, Version{raw(start) + 9}, 3).size() == 1);
    CHECK(store.stats().version == Version{raw(start) + 10});
  });
}

TEST_CASE("old batches leave the stream by themselves") {
  AdapterOptions options;
  options.changes_kept = 20;
  with_each(options, [](Store& store, Adapter&) {
    for (std::uint64_t i = 0; i < 100; ++i)
      must(store.commit(put(i, "x")));
    const Stats stats = store.stats();
    CHECK(raw(stats.first_change) <= raw(stats.version) - 19);
    CHECK(raw(stats.first_change) >= raw(stats.version) - 22);
    CHECK(stream(store, Version{raw(stats.version) - 20}, 100).size() == 20);
    CHECK(code_of(store.changes(Version{10}, 100)) == Code::kStoreChangesTruncated);
    CHECK(rows(store, kNotes.range()).size() == 100);
  });
}

TEST_CASE("a power failure leaves everything synced and a prefix of the rest") {
  for (const auto& adapter : all_adapters()) {
    const std::string adapter_name = adapter->name();
    CAPTURE(adapter_name);
    auto store = must(adapter->open({}));
    must(store->commit(put(1, "synced")));
    must(store->commit(put(2, "carried"), Durability::kBuffered));
    const Version durable = must(store->commit(put(3, "synced too")));
    for (std::uint64_t i = 4; i < 20; ++i)
      must(store->commit(put(i, "buffered"), Durability::kBuffered));
    adapter->crash(std::move(store));

    store = must(adapter->open({}));
    const Stats stats = store->stats();
    CHECK_FALSE(stats.clean_start);
    CHECK(stats.version >= durable);
    const std::size_t kept = raw(stats.version) - raw(durable);
    CHECK(rows(*store, kNotes.range()).size() == 3 + kept);
    for (std::size_t i = 0; i < kept; ++i)
      CHECK(get(*store, note(1, 4 + i)));
    // What was recovered is durable now, and the numbers go on from there.
    CHECK(stats.durable == stats.version);
    CHECK(must(store->commit(put(50, "next"))) == Version{raw(stats.version) + 1});
    must(store->close());
    store = must(adapter->open({}));
    CHECK(store->stats().clean_start);
    CHECK(get(*store, note(1, 50)));
  }
}

TEST_CASE("reopening finds rows, version, stream and stamp") {
  for (const auto& adapter : all_adapters()) {
    const std::string adapter_name = adapter->name();
    CAPTURE(adapter_name);
    Version last{};
    for (std::uint64_t round = 0; round < 3; ++round) {
      const auto store = must(adapter->open({}));
      CHECK(store->stats().version >= last);
      CHECK(store->stats().clean_start);
      CHECK(rows(*store, kNotes.range()).size() == round);
      CHECK(must(read_info(*store)).stamp.written_by == "0.0-test");
      last = must(store->commit(put(round, "x")));
      CHECK(stream(*store, Version{0}, 100).size() == round + 1);
    }
  }
}

TEST_CASE("a second owner is turned away") {
  with_each([](Store& store, Adapter& adapter) {
    CHECK(code_of(adapter.open({})) == Code::kStoreLocked);
    must(store.close());
    const auto second = adapter.open({});
    CHECK(code_of(second) == Code{0});
  });
}

TEST_CASE("a closed store refuses, but its views go on") {
  with_each([](Store& store, Adapter&) {
    must(store.commit(put(1, "x")));
    const auto view = must(store.snapshot());
    must(store.close());
    must(store.close());
    CHECK(must(view->get(note(1, 1))) == text("x"));
    CHECK(code_of(store.commit(put(2, "y"))) == Code::kStoreClosing);
    CHECK(code_of(store.snapshot()) == Code::kStoreClosing);
    CHECK(code_of(store.changes(Version{}, 1)) == Code::kStoreClosing);
    CHECK(code_of(store.sync()) == Code::kStoreClosing);
    CHECK(code_of(store.trim_changes(Version{1})) == Code::kStoreClosing);
    CHECK(code_of(store.compact(kNotes.range())) == Code::kStoreClosing);
    CHECK(code_of(store.verify(Depth::kRows, {})) == Code::kStoreClosing);
    CHECK(code_of(store.checkpoint("nowhere")) == Code::kStoreClosing);
    CHECK(store.stats().version > Version{});
  });
}

TEST_CASE("closing commits what waits, in order, and answers each batch once") {
  with_each([](Store& store, Adapter&) {
    std::vector<std::uint64_t> answered;
    for (std::uint64_t i = 0; i < 200; ++i) {
      store.submit(
          put(i, "x"), i % 3 == 0 ? Durability::kSynced : Durability::kBuffered,
          [&answered, i](const proto::Result<Version>& result) {
            if (result.ok()) answered.push_back(i);
          },
          WhenFull::kWait);
    }
    must(store.close());
    REQUIRE(answered.size() == 200);
    for (std::uint64_t i = 0; i < 200; ++i)
      CHECK(answered[i] == i);
    const Stats stats = store.stats();
    CHECK(stats.batches >= 200);
    CHECK(stats.groups <= stats.batches);
    CHECK(stats.durable == stats.version);
  });
}

TEST_CASE("a completion may submit again, but not wait") {
  AdapterOptions options;
  for (const Committer committer : {Committer::kThread, Committer::kCaller}) {
    options.committer = committer;
    with_each(options, [](Store& store, Adapter&) {
      bool threw = false;
      store.submit(put(1, "a"), Durability::kSynced, [&](const proto::Result<Version>&) {
        store.submit(put(2, "b"), Durability::kSynced, [](const proto::Result<Version>&) {});
        try {
          (void)store.commit(put(3, "c"));
        } catch (const std::logic_error&) {
          threw = true;
        }
      });
      must(store.close());
      CHECK(threw);
    });
  }
}

TEST_CASE("a checkpoint opens as the same store") {
  with_each([](Store& store, Adapter& adapter) {
    must(store.commit(put(1, "a", id_of(1))));
    must(store.commit(std::move(Batch().put(kBodies.key(NoteId()), Bytes(100000)))));
    const std::string path = adapter.new_path("checkpoint");
    must(store.checkpoint(path));
    CHECK(code_of(store.checkpoint(path)) == Code::kStoreExists);
    must(store.commit(put(2, "later")));
    const auto copy = must(adapter.open_copy(path));
    CHECK(copy->stats().clean_start);
    CHECK(get(*copy, note(1, 1)) == text("a"));
    CHECK(get(*copy, kBodies.key(NoteId())) == Bytes(100000));
    CHECK_FALSE(get(*copy, note(1, 2)));
    CHECK(must(copy->verify(Depth::kRows, {})).damages == 0);
    must(copy->commit(put(9, "its own life")));
    CHECK_FALSE(get(store, note(1, 9)));
  });
}

TEST_CASE("verify reads every row and shows it to the caller") {
  with_each([](Store& store, Adapter&) {
    Batch batch;
    for (std::uint64_t i = 0; i < 50; ++i)
      batch.put(note(1, i), text("sound"));
    batch.put(note(1, 33), text("wrong")).put(kBodies.key(NoteId()), text("body"));
    must(store.commit(std::move(batch)));
    CHECK(must(store.verify(Depth::kChecksums, {})).damages == 0);
    std::vector<Damage> found;
    std::map<std::string, int> shown;
    Verifying verifying;
    verifying.check = [&](const TableInfo& table, ByteView, ByteView value) -> proto::Status {
      ++shown[std::string(table.name)];
      if (proto::equal(value, text("wrong"))) return proto::Error{Code::kWrongSize, "as planted"};
      return {};
    };
    verifying.found = [&](const Damage& damage) { found.push_back(damage); };
    const Verified verified = must(store.verify(Depth::kRows, verifying));
    CHECK(verified.damages == 1);
    CHECK(verified.rows >= 51);
    CHECK(shown["notes"] == 50);
    CHECK(shown["bodies"] == 1);
    REQUIRE(found.size() == 1);
    CHECK(found[0].table == "notes");
    CHECK(found[0].key == note(1, 33));
    CHECK(found[0].error.code == Code::kWrongSize);
  });
}

TEST_CASE("verify finds a key that does not have the shape of its table") {
  with_each([](Store& store, Adapter&) {
    must(store.commit(std::move(Batch().put(Bytes{std::byte{0x10}, std::byte{1}}, text("short")))));
    std::vector<Damage> found;
    Verifying verifying;
    verifying.found = [&](const Damage& damage) { found.push_back(damage); };
    CHECK(must(store.verify(Depth::kRows, verifying)).damages == 1);
    REQUIRE(found.size() == 1);
    CHECK(found[0].error.code == Code::kStoreBadKey);
  });
}

TEST_CASE("compaction says when a view holds old rows") {
  with_each([](Store& store, Adapter&) {
    must(store.commit(put(1, "a")));
    {
      const auto view = must(store.snapshot());
      CHECK(store.stats().views == 1);
      must(store.commit(std::move(Batch().erase(note(1, 1)))));
      CHECK(code_of(store.compact(kNotes.range())) == Code::kStoreViewsOpen);
      CHECK(must(view->get(note(1, 1))) == text("a"));
    }
    must(store.compact(kNotes.range()));
    must(store.compact(kSecrets.range()));
    CHECK(store.stats().views == 0);
    CHECK(code_of(store.compact({note(1, 2), note(1, 1)})) == Code::kStoreBounds);
  });
}

}  // namespace
}  // namespace comity::storage::test
