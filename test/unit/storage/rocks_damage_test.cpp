// SPDX-License-Identifier: EUPL-1.2
// A flipped byte anywhere in the store is found, and what it hits is never served as genuine.
#include <algorithm>

#include <doctest/doctest.h>

#include "test/splitmix.h"
#include "test/unit/storage/disk_image.h"

namespace comity::storage::test {
namespace {

using proto::Code;

constexpr std::uint64_t kRows = 60;

NoteId note_id(std::uint64_t number) {
  NoteId id;
  const auto bytes = proto::to_be(number);
  std::copy(bytes.begin(), bytes.end(), id.writable().begin());
  return id;
}

Bytes body(std::uint64_t number) {
  comity::test::SplitMix prng(number);
  Bytes bytes(700);
  for (auto& byte : bytes)
    byte = static_cast<std::byte>(prng.next() & 0xffU);
  return bytes;
}

/// As a process leaves it that is killed: `clean` false keeps everything in the log.
DiskImage sample_store(bool clean) {
  const MemoryMachine machine;
  const auto store = must(machine.create());
  for (std::uint64_t i = 0; i < kRows; ++i) {
    Batch batch;
    batch.put(note(1, i), text("a note"))
        .put(kBodies.key(note_id(i)), body(i))
        .put(kSecrets.key(note_id(i)), body(i + 1000));
    must(store->commit(std::move(batch)));
  }
  if (clean) must(store->close());
  return machine.image();
}

std::vector<Row> content_of(Store& store) {
  return all_rows(*must(store.snapshot()), store.tables());
}

/// Reads row by row; whatever is served must be a row of the original.
void check_nothing_false(Store& store, const std::vector<Row>& genuine) {
  const auto view = must(store.snapshot());
  for (const TableInfo* table :
       {&kNotes.info(), &kBodies.info(), &kSecrets.info(), store.tables().find_name("meta")}) {
    (void)view->walk(prefix_range(Bytes{std::byte{table->prefix}}), false, [&](ByteView key, ByteView value) {
      const Row row{proto::to_bytes(key), proto::to_bytes(value)};
      CHECK(std::find(genuine.begin(), genuine.end(), row) != genuine.end());
      return true;
    });
  }
  for (const Row& row : genuine) {
    const auto value = view->get(row.key);
    if (value.ok()) CHECK(*value == row.value);
  }
}

struct Outcome {
  bool refused = false;
  bool found = false;
  bool same = false;
};

Outcome try_out(const DiskImage& image, const std::vector<Row>& genuine) {
  Outcome outcome;
  const MemoryMachine machine(image);
  const auto store = machine.open();
  outcome.refused = !store.ok();
  if (outcome.refused) {
    CHECK((store.error().code == Code::kStoreCorrupt || store.error().code == Code::kStoreIncomplete ||
           store.error().code == Code::kStoreForeign || store.error().code == Code::kStoreNewerSchema));
    return outcome;
  }
  outcome.found = must((*store)->verify(Depth::kRows, {})).damages > 0;
  check_nothing_false(**store, genuine);
  outcome.same = !outcome.found && content_of(**store) == genuine;
  return outcome;
}

DiskImage flipped(DiskImage image, const std::string& file, std::size_t offset, unsigned bit) {
  image[file][offset] = static_cast<char>(static_cast<unsigned char>(image[file][offset]) ^ (1U << bit));
  return image;
}

TEST_CASE("a store that was closed in order: every flipped byte of a table file is found") {
  const DiskImage whole = sample_store(true);
  const auto genuine = content_of(*must(MemoryMachine(whole).open()));
  REQUIRE(genuine.size() == 3 * kRows + 3);
  comity::test::SplitMix prng(1);
  for (const auto& [name, bytes] : whole) {
    if (!name.ends_with(".sst")) continue;
    // All of the ends, where indexes, properties and footer are, and a sample of the rest.
    const std::size_t tail = std::min<std::size_t>(bytes.size(), 60);
    std::vector<std::size_t> offsets;
    for (std::size_t i = bytes.size() - tail; i < bytes.size(); ++i)
      offsets.push_back(i);
    for (int i = 0; i < 60; ++i)
      offsets.push_back(prng.below(bytes.size()));
    for (const std::size_t offset : offsets) {
      CAPTURE(name);
      CAPTURE(offset);
      const Outcome outcome =
          try_out(flipped(whole, name, offset, static_cast<unsigned>(prng.below(8))), genuine);
      CHECK((outcome.refused || outcome.found));
    }
  }
}

TEST_CASE("other files: a flipped byte is found, or changes nothing that is served") {
  for (const bool clean : {true, false}) {
    const DiskImage whole = sample_store(clean);
    const auto genuine = content_of(*must(MemoryMachine(whole).open()));
    comity::test::SplitMix prng(2);
    for (const auto& [name, bytes] : whole) {
      if (!holds_content(name) || name.ends_with(".sst") || bytes.empty()) continue;
      int harmless = 0;
      for (int i = 0; i < 150; ++i) {
        const std::size_t offset =
            bytes.size() < 150 ? static_cast<std::size_t>(i) % bytes.size() : prng.below(bytes.size());
        CAPTURE(clean);
        CAPTURE(name);
        CAPTURE(offset);
        const Outcome outcome =
            try_out(flipped(whole, name, offset, static_cast<unsigned>(prng.below(8))), genuine);
        CHECK((outcome.refused || outcome.found || outcome.same));
        if (outcome.same) ++harmless;
      }
      // The log of a killed process and the mark hold nothing but content.
      if (name == DurableMark::kFileName) CHECK(harmless == 0);
      if (!clean && name.ends_with(".log") && bytes.size() > 10000) CHECK(harmless == 0);
    }
  }
}

TEST_CASE("a log that lost its end, at whatever point, is not taken for a short one") {
  const DiskImage whole = sample_store(false);
  const auto genuine = content_of(*must(MemoryMachine(whole).open()));
  std::string log;
  for (const auto& [name, bytes] : whole) {
    if (name.ends_with(".log") && bytes.size() > 10000) log = name;
  }
  REQUIRE_FALSE(log.empty());
  comity::test::SplitMix prng(3);
  for (int i = 0; i < 60; ++i) {
    DiskImage image = whole;
    const std::size_t size = i == 0 ? image[log].size() - 1 : prng.below(image[log].size());
    image[log].resize(size);
    CAPTURE(size);
    const MemoryMachine machine(image);
    const auto store = machine.open();
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().code == Code::kStoreCorrupt);
    CHECK(store.error().detail.find("were acknowledged and are gone") != std::string::npos);
    // Nothing was thrown away: with the rest of the log put back, all of it is there.
    DiskImage repaired = machine.image();
    repaired[log] = whole.at(log);
    CHECK(content_of(*must(MemoryMachine(repaired).open())) == genuine);
  }
}

TEST_CASE("damage is named by table and by the sound rows around it") {
  const DiskImage whole = sample_store(true);
  const Bytes hit = body(17);
  for (const auto& [name, bytes] : whole) {
    if (!name.ends_with(".sst")) continue;
    const std::size_t offset = bytes.find(std::string(proto::as_text(hit)));
    if (offset == std::string::npos) continue;
    const MemoryMachine machine(flipped(whole, name, offset + 5, 3));
    const auto store = must(machine.open());
    std::vector<Damage> found;
    Verifying verifying;
    verifying.found = [&](const Damage& damage) { found.push_back(damage); };
    std::size_t rows_read = 0;
    verifying.check = [&](const TableInfo&, ByteView, ByteView) -> proto::Status {
      ++rows_read;
      return {};
    };
    CHECK(must(store->verify(Depth::kChecksums, verifying)).damages == 1);
    REQUIRE(found.size() == 1);
    CHECK(found[0].table == "bodies");
    CHECK(found[0].error.detail.find(name) != std::string::npos);
    found.clear();
    CHECK(must(store->verify(Depth::kRows, verifying)).damages == 2);
    REQUIRE(found.size() == 2);
    CHECK(found[1].table == "bodies");
    CHECK(found[1].error.code == Code::kStoreCorrupt);
    const Bytes damaged = kBodies.key(note_id(17));
    CHECK(KeyOrder()(found[1].key, damaged));
    CHECK(KeyOrder()(damaged, found[1].before));
    // Only the block of that row is lost: what lies outside is read, before and behind.
    CHECK(rows_read > 2 * kRows + kRows / 2);
    const auto refused = must(store->snapshot())->get(damaged);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::kStoreCorrupt);
    CHECK(refused.error().detail.starts_with("bodies note="));
    return;
  }
  FAIL("no table file holds the body in the clear");
}

TEST_CASE("a search that finds much stops at its limit") {
  DiskImage image = sample_store(true);
  for (auto& [name, bytes] : image) {
    if (!name.ends_with(".sst") || bytes.size() < 20000) continue;
    for (std::size_t offset = 100; offset + 8000 < bytes.size(); offset += 1000)
      bytes[offset] ^= 1;
  }
  const MemoryMachine machine(image);
  const auto store = must(machine.open());
  Verifying verifying;
  verifying.most = 2;
  int told = 0;
  verifying.found = [&](const Damage&) { ++told; };
  CHECK(must(store->verify(Depth::kRows, verifying)).damages == 2);
  CHECK(told == 2);
}

}  // namespace
}  // namespace comity::storage::test
