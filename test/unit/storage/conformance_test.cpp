// SPDX-License-Identifier: EUPL-1.2
// What every adapter promises: rows, order, snapshots, guards, scans and bounds.
#include <algorithm>

#include <doctest/doctest.h>

#include "proto/bounds.h"
#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

namespace bounds = proto::bounds;
using proto::Code;
using proto::raw;

Batch put(ByteView key, ByteView value) {
  return std::move(Batch().put(key, value));
}

TEST_CASE("a row is what was last put, and nothing once erased") {
  with_each([](Store& store, Adapter&) {
    CHECK_FALSE(get(store, note(1, 1)));
    const Version first = must(store.commit(put(note(1, 1), text("one"))));
    const Version second = must(store.commit(put(note(1, 1), text("uno"))));
    CHECK(raw(second) == raw(first) + 1);
    CHECK(get(store, note(1, 1)) == text("uno"));
    CHECK(must(must(store.snapshot())->version()) == second);
    must(store.commit(std::move(Batch().erase(note(1, 1)))));
    CHECK_FALSE(get(store, note(1, 1)));
    must(store.commit(put(note(1, 2), {})));
    CHECK(get(store, note(1, 2)) == Bytes{});
  });
}

TEST_CASE("operations of a batch take effect in their order, all at once") {
  with_each([](Store& store, Adapter&) {
    Batch batch;
    batch.put(note(1, 1), text("a")).put(note(1, 2), text("b")).put(note(1, 3), text("c"));
    batch.erase_range(note(1, 1), note(1, 3)).put(note(1, 2), text("again")).erase(note(1, 3));
    batch.put(kBodies.key(NoteId()), text("body")).put(kSecrets.key(NoteId()), text("key"));
    must(store.commit(std::move(batch)));
    CHECK(rows(store, kNotes.range()) == std::vector<Row>{{note(1, 2), text("again")}});
    CHECK(get(store, kBodies.key(NoteId())) == text("body"));
    CHECK(get(store, kSecrets.key(NoteId())) == text("key"));
  });
}

TEST_CASE("a range is erased up to its end and in its table only") {
  with_each([](Store& store, Adapter&) {
    Batch batch;
    for (std::uint64_t i = 0; i < 6; ++i)
      batch.put(note(1, i), text("x"));
    batch.put(kBodies.key(NoteId()), text("body"));
    must(store.commit(std::move(batch)));
    must(store.commit(std::move(Batch().erase_range(note(1, 2), note(1, 4)))));
    CHECK(rows(store, kNotes.range()).size() == 4);
    const Range whole = kNotes.range();
    must(store.commit(std::move(Batch().erase_range(whole.begin, whole.end))));
    CHECK(rows(store, whole).empty());
    CHECK(get(store, kBodies.key(NoteId())));
  });
}

TEST_CASE("a view does not change") {
  with_each([](Store& store, Adapter&) {
    must(store.commit(std::move(Batch().put(note(1, 1), text("old")).put(note(1, 2), text("kept")))));
    const auto view = must(store.snapshot());
    const Version seen = must(view->version());
    must(store.commit(
        std::move(Batch().put(note(1, 1), text("new")).erase(note(1, 2)).put(note(1, 3), text("more")))));
    CHECK(must(view->get(note(1, 1))) == text("old"));
    CHECK(must(view->version()) == seen);
    std::size_t count = 0;
    must(view->walk(kNotes.range(), false, [&](ByteView, ByteView) { return ++count < 100; }));
    CHECK(count == 2);
    const std::vector<Bytes> keys{note(1, 3), note(1, 2), note(1, 1)};
    CHECK(must(view->get_all(keys)) ==
          std::vector<std::optional<Bytes>>{std::nullopt, text("kept"), text("old")});
    CHECK(get(store, note(1, 1)) == text("new"));
  });
}

TEST_CASE("guards decide about the whole batch") {
  with_each([](Store& store, Adapter&) {
    must(store.commit(put(note(1, 1), text("here"))));
    const auto attempt = [&](Batch batch) {
      batch.put(note(9, 9), text("done"));
      const Code code = code_of(store.commit(std::move(batch)));
      const bool done = get(store, note(9, 9)).has_value();
      CHECK(done == (code == Code{0}));
      must(store.commit(std::move(Batch().erase(note(9, 9)))));
      return code;
    };
    CHECK(attempt(std::move(Batch().expect_absent(note(1, 2)))) == Code{0});
    CHECK(attempt(std::move(Batch().expect_absent(note(1, 1)))) == Code::kStoreGuardFailed);
    CHECK(attempt(std::move(Batch().expect_present(note(1, 1)))) == Code{0});
    CHECK(attempt(std::move(Batch().expect_present(note(1, 2)))) == Code::kStoreGuardFailed);
    CHECK(attempt(std::move(Batch().expect_equal(note(1, 1), text("here")))) == Code{0});
    CHECK(attempt(std::move(Batch().expect_equal(note(1, 1), text("her")))) == Code::kStoreGuardFailed);
    CHECK(attempt(std::move(Batch().expect_equal(note(1, 2), {}))) == Code::kStoreGuardFailed);
    CHECK(attempt(std::move(Batch().expect_present(note(1, 1)).expect_absent(note(1, 1)))) ==
          Code::kStoreGuardFailed);
  });
}

TEST_CASE("a guard that fails names the row") {
  with_each([](Store& store, Adapter&) {
    const auto refused = store.commit(std::move(Batch().expect_present(note(7, 8)).put(note(1, 1), {})));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().detail == "notes box=7 number=8");
  });
}

TEST_CASE("guards see the batches that wait before them") {
  with_each([](Store& store, Adapter&) {
    std::vector<Code> codes;
    const auto submit = [&](Batch batch) {
      store.submit(
          std::move(batch), Durability::kSynced,
          [&](const proto::Result<Version>& result) { codes.push_back(code_of(result)); }, WhenFull::kWait);
    };
    submit(std::move(Batch().put(note(1, 1), text("1")).put(note(1, 5), text("5"))));
    submit(std::move(Batch().expect_equal(note(1, 1), text("1")).put(note(1, 1), text("2"))));
    submit(std::move(Batch().expect_equal(note(1, 1), text("1")).put(note(1, 1), text("3"))));
    submit(std::move(Batch().expect_equal(note(1, 1), text("2")).erase_range(note(1, 0), note(1, 9))));
    submit(std::move(Batch().expect_present(note(1, 5)).put(note(1, 6), text("no"))));
    submit(
        std::move(Batch().expect_absent(note(1, 1)).expect_absent(note(1, 5)).put(note(1, 7), text("yes"))));
    must(store.close());
    CHECK(codes == std::vector<Code>{Code{0}, Code{0}, Code::kStoreGuardFailed, Code{0},
                                     Code::kStoreGuardFailed, Code{0}});
  });
}

TEST_CASE("pages follow each other in both directions without a gap or a repeat") {
  with_each([](Store& store, Adapter&) {
    Batch batch;
    std::vector<Bytes> keys;
    for (std::uint64_t i = 0; i < 25; ++i) {
      keys.push_back(note(3, i));
      batch.put(keys.back(), Bytes(i));
    }
    batch.put(note(2, 99), text("before")).put(note(4, 0), text("behind"));
    must(store.commit(std::move(batch)));
    for (const bool reverse : {false, true}) {
      CAPTURE(reverse);
      const auto view = must(store.snapshot());
      Scan scan{kNotes.range(Box{3}), 7, bounds::kStorePageBytes, reverse};
      std::vector<Bytes> seen;
      std::vector<std::size_t> sizes;
      while (true) {
        const Page page = must(view->scan(scan));
        sizes.push_back(page.rows.size());
        for (const Row& row : page.rows)
          seen.push_back(row.key);
        if (!page.rest) break;
        scan.range = *page.rest;
      }
      if (reverse) std::reverse(seen.begin(), seen.end());
      CHECK(seen == keys);
      CHECK(sizes == std::vector<std::size_t>{7, 7, 7, 4});
    }
  });
}

TEST_CASE("a page ends at its bytes, but never before its first row") {
  with_each([](Store& store, Adapter&) {
    Batch batch;
    for (std::uint64_t i = 0; i < 4; ++i)
      batch.put(note(1, i), Bytes(1000));
    must(store.commit(std::move(batch)));
    const auto view = must(store.snapshot());
    CHECK(must(view->scan({kNotes.range(), 100, 2100, false})).rows.size() == 2);
    const Page one = must(view->scan({kNotes.range(), 100, 10, false}));
    CHECK(one.rows.size() == 1);
    CHECK(one.rest.has_value());
    const Page all = must(view->scan({kNotes.range(), 4, bounds::kStorePageBytes, false}));
    CHECK(all.rows.size() == 4);
    CHECK_FALSE(all.rest.has_value());
  });
}

TEST_CASE("a scan goes on behind the longest key") {
  with_each([](Store& store, Adapter&) {
    Bytes longest = kNewest.key(std::string(bounds::kStoreKeyBytes - 11, 'k'), {1});
    REQUIRE(longest.size() == bounds::kStoreKeyBytes);
    Bytes other = longest;
    other.back() = std::byte{0xff};
    must(store.commit(std::move(Batch().put(longest, text("1")).put(other, text("2")))));
    const auto view = must(store.snapshot());
    const Page first = must(view->scan({kNewest.range(), 1, bounds::kStorePageBytes, false}));
    REQUIRE(first.rest);
    CHECK(must(view->scan({*first.rest, 1, bounds::kStorePageBytes, false})).rows.front().key == other);
  });
}

TEST_CASE("what is outside the bounds is refused, what is just inside is not") {
  with_each([](Store& store, Adapter&) {
    const auto code = [&](Batch batch) { return code_of(store.commit(std::move(batch))); };
    Bytes key = kNewest.key(std::string(bounds::kStoreKeyBytes - 11, 'k'), {1});
    CHECK(code(put(key, {})) == Code{0});
    key.push_back(std::byte{0});
    CHECK(code(put(key, {})) == Code::kStoreBounds);
    CHECK(code(put(note(1, 1), Bytes(bounds::kStoreValueBytes))) == Code{0});
    CHECK(code(put(note(1, 1), Bytes(bounds::kStoreValueBytes + 1))) == Code::kStoreBounds);
    CHECK(code(Batch()) == Code::kStoreBounds);
    CHECK(code(std::move(Batch().expect_absent(note(1, 1)))) == Code::kStoreBounds);
    CHECK(code(put({}, {})) == Code::kStoreBounds);

    Batch many;
    for (std::size_t i = 0; i < bounds::kStoreBatchOperations; ++i)
      many.put(note(2, i), {});
    Batch too_many = many;
    CHECK(code(std::move(many)) == Code{0});
    CHECK(code(std::move(too_many.expect_absent(note(3, 3)))) == Code::kStoreBounds);

    Batch large;
    const std::size_t value_bytes = bounds::kStoreValueBytes - note(1, 1).size();
    std::uint64_t number = 0;
    while (large.bytes() + bounds::kStoreValueBytes <= bounds::kStoreBatchBytes) {
      large.put(note(5, number++), Bytes(value_bytes));
    }
    large.put(note(5, number), Bytes(bounds::kStoreBatchBytes - large.bytes() - note(1, 1).size()));
    REQUIRE(large.bytes() == bounds::kStoreBatchBytes);
    Batch too_large = large;
    CHECK(code(std::move(large)) == Code{0});
    CHECK(code(std::move(too_large.expect_present(note(5, 0)))) == Code::kStoreBounds);
  });
}

TEST_CASE("keys and ranges belong to declared tables") {
  with_each([](Store& store, Adapter&) {
    const auto code = [&](Batch batch) { return code_of(store.commit(std::move(batch))); };
    const Bytes nowhere{std::byte{0x77}, std::byte{1}};
    const Bytes stream{std::byte{0x02}, std::byte{1}};
    CHECK(code(put(nowhere, {})) == Code::kStoreUnknownTable);
    CHECK(code(put(stream, {})) == Code::kStoreUnknownTable);
    CHECK(code(put(kOld.key(1), {})) == Code::kStoreUnknownTable);
    CHECK(code(std::move(Batch().erase(kOld.key(1)))) == Code{0});
    CHECK(code(std::move(Batch().erase_range(note(1, 1), note(1, 1)))) == Code::kStoreBounds);
    CHECK(code(std::move(Batch().erase_range(note(1, 2), note(1, 1)))) == Code::kStoreBounds);
    CHECK(code(std::move(Batch().erase_range(note(1, 2), kBodies.key(NoteId())))) == Code::kStoreBounds);
    CHECK(code(std::move(Batch().erase_range(note(1, 2), kNotes.range().end))) == Code{0});

    const auto view = must(store.snapshot());
    const auto nothing = [](ByteView, ByteView) { return true; };
    CHECK(code_of(view->get(nowhere)) == Code::kStoreUnknownTable);
    CHECK(code_of(view->get(stream)) == Code::kStoreUnknownTable);
    CHECK(code_of(view->get_all(std::vector<Bytes>{note(1, 1), nowhere})) == Code::kStoreUnknownTable);
    CHECK(code_of(view->walk({note(1, 1), note(1, 1)}, false, nothing)) == Code::kStoreBounds);
    CHECK(code_of(view->walk({note(1, 1), kSecrets.range().end}, false, nothing)) == Code::kStoreBounds);
    CHECK(code_of(view->scan({kNotes.range(), 0, 1, false})) == Code::kStoreBounds);
    CHECK(code_of(view->scan({kNotes.range(), bounds::kStorePageRows + 1, 1, false})) == Code::kStoreBounds);
    CHECK(code_of(view->scan({kNotes.range(), 1, 0, false})) == Code::kStoreBounds);
    CHECK(code_of(view->scan({kNotes.range(), 1, bounds::kStorePageBytes + 1, false})) == Code::kStoreBounds);
  });
}

}  // namespace
}  // namespace comity::storage::test
