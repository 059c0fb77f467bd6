// SPDX-License-Identifier: EUPL-1.2
// A disk that is full or fails, and bytes that must vanish from it.
#include <algorithm>

#include <doctest/doctest.h>

#include "test/splitmix.h"
#include "test/support/crash_fs.h"
#include "test/support/temp_dir.h"
#include "test/unit/storage/disk_image.h"

namespace comity::storage::test {
namespace {

using proto::Code;

constexpr std::uint64_t kMiB = 1024 * 1024;

/// A RocksDB on a disk in memory that can be made to fail.
struct Fixture {
  Fixture()
      : prng(1),
        files(std::make_shared<comity::test::CrashFs>(machine.env().GetFileSystem(),
                                                      [this] { return prng.next(); })),
        env(rocksdb::NewCompositeEnv(files)) {}

  RocksOptions options() const {
    RocksOptions out = machine.options();
    out.env = env.get();
    return out;
  }
  std::unique_ptr<Store> create(const RocksOptions& with) {
    return must(RocksStore::create(MemoryMachine::kPath, test_tables(), with, a_stamp()));
  }
  bool has_file(const std::string& name) const {
    return env->FileExists(std::string(MemoryMachine::kPath) + "/" + name).ok();
  }

  MemoryMachine machine;
  comity::test::SplitMix prng;
  std::shared_ptr<comity::test::CrashFs> files;
  std::unique_ptr<rocksdb::Env> env;
};

BatchId id_of(std::uint64_t number) {
  BatchId id;
  const auto bytes = proto::to_be(number + 1);
  std::copy(bytes.begin(), bytes.end(), id.writable().begin());
  return id;
}

Batch large_batch(std::uint64_t number) {
  Batch batch(id_of(number));
  batch.put(note(1, number), Bytes(100000)).put(kBodies.key(NoteId()), Bytes(100000));
  return batch;
}

/// Commits until the disk is full; the number of the batch that was refused.
std::uint64_t fill_up(Store& store, std::uint64_t first = 0) {
  for (std::uint64_t number = first; number < first + 1000; ++number) {
    const auto result = store.commit(large_batch(number));
    if (result.ok()) continue;
    CHECK(result.error().code == Code::kStoreNoSpace);
    return number;
  }
  FAIL("the disk never was full");
  return 0;
}

TEST_CASE("a full disk: the write is not applied, reads go on, writing returns by itself") {
  Fixture f;
  auto store = f.create(f.options());
  f.files->set_room(5 * kMiB);
  const std::uint64_t refused = fill_up(*store);
  REQUIRE(refused > 5);
  const Version before = store->stats().version;
  CHECK(rows(*store, kNotes.range()).size() == refused);
  CHECK_FALSE(get(*store, note(1, refused)));
  REQUIRE(store->stats().read_only);
  CHECK(store->stats().read_only->code == Code::kStoreNoSpace);
  CHECK(code_of(store->commit(std::move(Batch().put(note(2, 1), {})))) == Code::kStoreNoSpace);
  CHECK(code_of(store->sync()) == Code::kStoreNoSpace);
  CHECK(store->stats().version == before);

  f.files->set_room(200 * kMiB);
  CHECK_FALSE(store->stats().read_only);
  const Version after = must(store->commit(large_batch(refused)));
  CHECK(proto::raw(after) == proto::raw(before) + 1);
  CHECK(must(store->verify(Depth::kRows, {})).damages == 0);
  must(store->close());
  store = must(RocksStore::open(MemoryMachine::kPath, test_tables(), f.options()));
  CHECK(store->stats().clean_start);
  CHECK(rows(*store, kNotes.range()).size() == refused + 1);
}

TEST_CASE("a write that meets room again needs no one to look") {
  Fixture f;
  const auto store = f.create(f.options());
  f.files->set_room(5 * kMiB);
  const std::uint64_t refused = fill_up(*store);
  f.files->set_room(std::nullopt);
  must(store->commit(large_batch(refused)));
  CHECK(rows(*store, kNotes.range()).size() == refused + 1);
}

TEST_CASE("power fails while the disk is full") {
  for (std::uint64_t round = 0; round < 8; ++round) {
    CAPTURE(round);
    Fixture f;
    auto store = f.create(f.options());
    f.files->set_room((3 + round) * kMiB + round * 12345);
    const std::uint64_t refused = fill_up(*store);
    const Version durable = store->stats().durable;
    f.files->cut_power();
    store.reset();
    f.files->restore_power();
    f.files->set_room(std::nullopt);
    store = must(RocksStore::open(MemoryMachine::kPath, test_tables(), f.options()));
    CHECK(store->stats().version >= durable);
    for (std::uint64_t number = 0; number < refused; ++number)
      CHECK(get(*store, note(1, number)));
    // Whether or not the refused batch reached the log after all, its id leads to one application.
    must(store->commit(large_batch(refused)));
    CHECK(proto::raw(store->stats().version) == refused + 2);
  }
}

TEST_CASE("the ballast is given up on a full disk and written again when it fits") {
  Fixture f;
  RocksOptions options = f.options();
  options.ballast_bytes = 3 * kMiB;
  f.files->set_room(12 * kMiB);
  const auto store = f.create(options);
  CHECK(f.has_file("BALLAST"));
  const std::uint64_t refused = fill_up(*store);
  CHECK_FALSE(f.has_file("BALLAST"));
  // The room that the ballast gave does not count: the store stays closed to writes.
  CHECK(store->stats().free_bytes >= 2 * kMiB);
  REQUIRE(store->stats().read_only);
  CHECK(code_of(store->commit(large_batch(refused))) == Code::kStoreNoSpace);
  f.files->set_room(30 * kMiB);
  must(store->commit(large_batch(refused)));
  CHECK(f.has_file("BALLAST"));
  CHECK_FALSE(store->stats().read_only);
}

TEST_CASE("a store on a full disk opens for reading, gives its ballast up for that, and comes back") {
  Fixture f;
  RocksOptions options = f.options();
  options.ballast_bytes = 3 * kMiB;
  f.files->set_room(30 * kMiB);
  auto store = f.create(options);
  must(store->commit(large_batch(0)));
  REQUIRE(store->close().ok());
  store.reset();
  f.files->set_room(0);
  store = must(RocksStore::open(MemoryMachine::kPath, test_tables(), options));
  CHECK_FALSE(f.has_file("BALLAST"));
  REQUIRE(store->stats().read_only);
  CHECK(store->stats().read_only->code == Code::kStoreNoSpace);
  CHECK(get(*store, note(1, 0)));
  CHECK(code_of(store->commit(large_batch(1))) == Code::kStoreNoSpace);
  f.files->set_room(30 * kMiB);
  must(store->commit(large_batch(1)));
  CHECK(f.has_file("BALLAST"));
  CHECK_FALSE(store->stats().read_only);
}

TEST_CASE("a store without a ballast on a full disk is refused with the reason") {
  Fixture f;
  auto store = f.create(f.options());
  must(store->commit(large_batch(0)));
  REQUIRE(store->close().ok());
  store.reset();
  f.files->set_room(kMiB);
  const auto opened = RocksStore::open(MemoryMachine::kPath, test_tables(), f.options());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == Code::kStoreNoSpace);
  f.files->set_room(30 * kMiB);
  store = must(RocksStore::open(MemoryMachine::kPath, test_tables(), f.options()));
  CHECK(get(*store, note(1, 0)));
}

TEST_CASE("the reserve is kept free") {
  Fixture f;
  RocksOptions options = f.options();
  options.reserve_bytes = 20 * kMiB;
  f.files->set_room(24 * kMiB);
  const auto store = f.create(options);
  const std::uint64_t refused = fill_up(*store);
  CHECK(refused > 5);
  CHECK(store->stats().free_bytes >= 19 * kMiB);
  f.files->set_room(30 * kMiB);
  must(store->commit(large_batch(refused)));
}

TEST_CASE("a failed sync leaves the result open until the store is opened anew") {
  Fixture f;
  auto store = f.create(f.options());
  must(store->commit(large_batch(0)));
  f.files->fail_syncs(1);
  CHECK(code_of(store->commit(large_batch(1))) == Code::kStoreUnknownResult);
  CHECK(code_of(store->commit(large_batch(1))) == Code::kStoreReadOnly);
  CHECK(code_of(store->sync()) == Code::kStoreReadOnly);
  REQUIRE(store->stats().read_only);
  CHECK(store->stats().read_only->code == Code::kStoreReadOnly);
  CHECK(get(*store, note(1, 0)));
  CHECK_FALSE(store->close().ok());
  store.reset();
  store = must(RocksStore::open(MemoryMachine::kPath, test_tables(), f.options()));
  CHECK_FALSE(store->stats().clean_start);
  must(store->commit(large_batch(1)));
  CHECK(get(*store, note(1, 1)));
  CHECK(proto::raw(store->stats().version) == 3);
}

TEST_CASE("a batch that shares a group with a failed write is not recognised later") {
  Fixture f;
  RocksOptions options = f.options();
  options.committer = Committer::kThread;
  auto store = f.create(options);
  f.files->fail_syncs(1000);
  std::vector<Code> codes;
  for (std::uint64_t i = 0; i < 5; ++i) {
    store->submit(
        large_batch(i % 2), Durability::kSynced,
        [&](const auto& result) { codes.push_back(code_of(result)); }, WhenFull::kWait);
  }
  CHECK_FALSE(store->close().ok());
  for (const Code code : codes)
    CHECK((code == Code::kStoreUnknownResult || code == Code::kStoreReadOnly));
  f.files->fail_syncs(0);
  store.reset();
  f.files->cut_power();
  f.files->restore_power();
  store = must(RocksStore::open(MemoryMachine::kPath, test_tables(), f.options()));
  for (std::uint64_t i = 0; i < 2; ++i)
    must(store->commit(large_batch(i)));
  CHECK(proto::raw(store->stats().version) == 3);
}

std::vector<std::string> files_with(const DiskImage& image, ByteView bytes) {
  std::vector<std::string> found;
  for (const auto& [name, content] : image) {
    if (content.find(proto::as_text(bytes)) != std::string::npos) found.push_back(name);
  }
  return found;
}

TEST_CASE("disposed bytes are in no file after compaction") {
  comity::test::SplitMix prng(4);
  for (int flushed = 0; flushed < 3; ++flushed) {
    CAPTURE(flushed);
    const MemoryMachine machine;
    const auto store = must(machine.create());
    std::vector<Bytes> bodies;
    std::vector<Bytes> secrets;
    const auto random = [&](std::size_t size) {
      Bytes bytes(size);
      for (auto& byte : bytes)
        byte = static_cast<std::byte>(prng.next() & 0xffU);
      return bytes;
    };
    const auto id = [](std::uint64_t number) { return NoteId::from(proto::to_be(number)).value(); };
    for (std::uint64_t i = 0; i < 40; ++i) {
      bodies.push_back(random(900));
      secrets.push_back(random(32));
      must(store->commit(
          std::move(Batch().put(kBodies.key(id(i)), bodies[i]).put(kSecrets.key(id(i)), secrets[i]))));
      if (flushed == 1 && i == 20) must(store->compact(kBodies.range()));
      if (flushed == 2 && i % 10 == 0) must(store->checkpoint("/copy" + std::to_string(i)));
    }
    // A replaced value must vanish too.
    must(store->commit(std::move(Batch().put(kBodies.key(id(7)), text("replaced")))));
    Batch dispose;
    for (const std::uint64_t i : {3U, 25U})
      dispose.erase(kBodies.key(id(i))).erase(kSecrets.key(id(i)));
    dispose.erase_range(kBodies.key(id(30)), kBodies.key(id(33)));
    dispose.erase_range(kSecrets.key(id(30)), kSecrets.key(id(33)));
    must(store->commit(std::move(dispose)));
    // The search finds what is there, hence its silence below means something.
    for (const std::uint64_t i : {3U, 7U, 25U, 31U}) {
      CHECK_FALSE(files_with(machine.image(), bodies[i]).empty());
      CHECK_FALSE(files_with(machine.image(), secrets[i]).empty());
    }
    must(store->compact(kBodies.range()));
    must(store->compact(kSecrets.range()));
    const DiskImage image = machine.image();
    for (const std::uint64_t i : {3U, 25U, 30U, 31U, 32U}) {
      CHECK(files_with(image, bodies[i]).empty());
      CHECK(files_with(image, secrets[i]).empty());
    }
    CHECK(files_with(image, bodies[7]).empty());
    for (const std::uint64_t i : {0U, 4U, 33U, 39U}) {
      CHECK_FALSE(files_with(image, bodies[i]).empty());
      CHECK_FALSE(files_with(image, secrets[i]).empty());
    }
  }
}

TEST_CASE("compaction of one row's range is enough to dispose of it") {
  const MemoryMachine machine;
  const auto store = must(machine.create());
  const Bytes body = text("a body that nobody may read any more, long enough to be unique");
  const Bytes key = kBodies.key(NoteId());
  must(store->commit(std::move(Batch().put(key, body).put(note(1, 1), text("other")))));
  must(store->compact(kBodies.range()));
  must(store->commit(std::move(Batch().erase(key))));
  CHECK_FALSE(files_with(machine.image(), body).empty());
  must(store->compact({key, key_after(key)}));
  CHECK(files_with(machine.image(), body).empty());
}

TEST_CASE("caches and write buffers stay within the memory limit") {
  Fixture f;
  RocksOptions options = f.options();
  options.committer = Committer::kThread;
  const auto store = f.create(options);
  comity::test::SplitMix prng(5);
  for (std::uint64_t i = 0; i < 300; ++i) {
    Batch batch;
    for (std::uint64_t j = 0; j < 10; ++j) {
      Bytes value(20000);
      for (std::size_t at = 0; at < value.size(); at += 8)
        value[at] = static_cast<std::byte>(prng.next());
      batch.put(note(static_cast<std::uint32_t>(prng.below(50)), i * 10 + j), value);
    }
    must(store->commit(std::move(batch), Durability::kBuffered));
  }
  CHECK(rows(*store, kNotes.range()).size() == 3000);
  CHECK(store->stats().memory_bytes <= options.memory_limit + 4 * kMiB);
  CHECK(store->stats().disk_bytes > 0);
  CHECK(store->stats().rows >= 2500);
}

}  // namespace
}  // namespace comity::storage::test
