// SPDX-License-Identifier: EUPL-1.2
// What a killed process leaves half done is no place for disposed bytes to live on in.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "test/support/temp_dir.h"
#include "test/unit/storage/disk_image.h"

namespace comity::storage::test {
namespace {

TEST_CASE("compaction removes table files and logs that nothing needs, and nothing else") {
  const comity::test::TempDir directory;
  const auto store = must(RocksStore::create(directory.path(), test_tables(), {}, a_stamp()));
  for (std::uint64_t i = 0; i < 50; ++i) {
    Batch batch;
    batch.put(note(1, i), text("a note"));
    must(store->commit(std::move(batch)));
  }
  // A number that is not used up yet: RocksDB takes such a file for one that is being written.
  for (const char* const name : {"900000.sst", "000001.sst", "000001.log"})
    std::ofstream(directory.file(name)) << "left behind";
  std::ofstream(directory.file("notes.txt")) << "of somebody else";
  must(store->compact(kNotes.range()));
  for (const char* const name : {"900000.sst", "000001.sst", "000001.log"})
    CHECK_FALSE(std::filesystem::exists(directory.file(name)));
  CHECK(std::filesystem::exists(directory.file("notes.txt")));
  must(store->close());
  const auto again = must(RocksStore::open(directory.path(), test_tables(), {}));
  const auto view = must(again->snapshot());
  CHECK(must(view->get(note(1, 49))).has_value());
  CHECK(must(again->verify(Depth::kRows, {})).damages == 0);
}

}  // namespace
}  // namespace comity::storage::test
