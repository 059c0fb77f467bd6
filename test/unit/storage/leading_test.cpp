// SPDX-License-Identifier: EUPL-1.2
// What filters know of the leading fields of keys: which bytes those are, and that walks show the same rows
// with their help as without.
#include "storage/rocks/leading.h"

#include <map>

#include <doctest/doctest.h>

#include "storage/rocks/rocks_store.h"
#include "storage/rocks/status.h"
#include "test/splitmix.h"
#include "test/support/temp_dir.h"
#include "test/unit/storage/adapters.h"
#include "test/unit/storage/disk_image.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

constexpr Table<Box, std::uint8_t, std::uint64_t> kParts({.prefix = 0x20,
                                                          .name = "parts",
                                                          .why = "Rows with two leading fields.",
                                                          .value = "any bytes",
                                                          .retention = Retention::kRecord},
                                                         {"box", "kind", "number"});
using Rows = std::map<Bytes, Bytes, KeyOrder>;

constexpr std::uint32_t kBoxes[] = {0, 1, 0xff, 0xffff, 0xfffffffe, 0xffffffff};
constexpr std::uint8_t kKinds[] = {0, 1, 0xfe, 0xff};

Rows shown(const View& view, const Range& range, bool reverse) {
  Rows out;
  must(view.walk(range, reverse, [&](ByteView key, ByteView value) {
    out[proto::to_bytes(key)] = proto::to_bytes(value);
    return true;
  }));
  return out;
}

Rows expected(const Rows& rows, const Range& range) {
  return {rows.lower_bound(range.begin), rows.lower_bound(range.end)};
}

void check_walks(Store& store, const Rows& rows) {
  // One view for all: its iterators are used again.
  const auto view = must(store.snapshot());
  for (const std::uint32_t box : kBoxes) {
    for (const std::uint8_t kind : kKinds) {
      const Range whole = kParts.range(Box{box}, kind);
      const Range part{kParts.key(Box{box}, kind, 3), kParts.key(Box{box}, kind, 9)};
      const Range beyond{kParts.key(Box{box}, kind, 5), kParts.range(Box{box}).end};
      for (const Range& range : {whole, part, beyond, kParts.range(Box{box}), kParts.range()}) {
        CHECK(shown(*view, range, false) == expected(rows, range));
        CHECK(shown(*view, range, true) == expected(rows, range));
      }
    }
  }
}

}  // namespace

TEST_CASE("leading fields: two of three, one of two, none of one, and none whose size is not fixed") {
  const Tables tables({kParts.info(), kNotes.info(), kBodies.info(), kNewest.info()});
  const LeadingFields leading(tables);
  const auto remembered = [&](const Bytes& key) -> std::size_t {
    const rocksdb::Slice slice = to_slice(key);
    return leading.InDomain(slice) ? leading.Transform(slice).size() : 0;
  };
  CHECK(remembered(kParts.key(Box{7}, 1, 2)) == 1 + 4 + 1);
  CHECK(remembered(note(7, 1)) == 1 + 4);
  CHECK(remembered(kBodies.key(NoteId())) == 0);
  CHECK(remembered(kNewest.key("word", {5})) == 0);
  CHECK(remembered(kParts.prefix(Box{7})) == 0);
  CHECK(remembered({}) == 0);
  CHECK(remembered(Bytes{std::byte{0x99}}) == 0);

  CHECK(leading.share(kParts.range(Box{0xffffffff}, std::uint8_t{0xff})));
  CHECK(leading.share({kParts.key(Box{1}, 1, 2), kParts.key(Box{1}, 1, 9)}));
  CHECK_FALSE(leading.share({kParts.key(Box{1}, 1, 2), kParts.key(Box{1}, 2, 0)}));
  CHECK_FALSE(leading.share(kParts.range(Box{1})));
  CHECK_FALSE(leading.share(kParts.range()));
  CHECK_FALSE(leading.share(kNewest.range(std::string("word"))));
}

TEST_CASE("walks by leading fields show what is there, in files and in memory, erased rows not") {
  const comity::test::TempDir directory;
  const Tables tables({kParts.info()});
  comity::test::SplitMix random(17);
  Rows rows;
  const auto work = [&](Store& store) {
    Batch batch;
    for (int i = 0; i < 60; ++i) {
      const std::uint32_t box = kBoxes[random.below(std::size(kBoxes))];
      const std::uint8_t kind = kKinds[random.below(std::size(kKinds))];
      const Bytes key = kParts.key(Box{box}, kind, random.below(12));
      if (random.one_in(4)) {
        batch.erase(key);
        rows.erase(key);
      } else {
        const Bytes value = text(std::to_string(random.below(1000)));
        batch.put(key, value);
        rows[key] = value;
      }
    }
    must(store.commit(std::move(batch)));
  };
  {
    const auto store = must(RocksStore::create(directory.path(), tables, {}, a_stamp()));
    for (int round = 0; round < 6; ++round) {
      work(*store);
      check_walks(*store, rows);
      if (round % 2 == 0) must(store->compact(kParts.range()));
      check_walks(*store, rows);
    }
    must(store->close());
  }
  const auto store = must(RocksStore::open(directory.path(), tables, {}));
  check_walks(*store, rows);
  work(*store);
  check_walks(*store, rows);
}

}  // namespace comity::storage::test
