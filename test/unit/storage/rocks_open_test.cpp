// SPDX-License-Identifier: EUPL-1.2
// Each way in which opening can go wrong has an answer of its own.
#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <rocksdb/db.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/splitmix.h"
#include "test/support/crash_fs.h"
#include "test/support/temp_dir.h"
#include "test/unit/skip.h"
#include "test/unit/storage/disk_image.h"

namespace comity::storage::test {
namespace {

using proto::Code;

/// A small store that was closed in order, with rows in table files of every family.
DiskImage closed_store() {
  const MemoryMachine machine;
  const auto store = must(machine.create());
  for (std::uint64_t i = 0; i < 30; ++i) {
    Batch batch;
    batch.put(note(1, i), text("a note"))
        .put(kBodies.key(NoteId()), Bytes(500))
        .put(kSecrets.key(NoteId()), Bytes(32));
    must(store->commit(std::move(batch)));
  }
  must(store->close());
  return machine.image();
}

Code open_code(const DiskImage& image) {
  return code_of(MemoryMachine(image).open());
}

TEST_CASE("nothing there") {
  CHECK(code_of(MemoryMachine().open()) == Code::kStoreMissing);
  const comity::test::TempDir directory;
  CHECK(code_of(RocksStore::open(directory.file("nowhere"), test_tables(), {})) == Code::kStoreMissing);
  CHECK(code_of(RocksStore::open(directory.path(), test_tables(), {})) == Code::kStoreMissing);
  must(RocksStore::create(directory.path(), test_tables(), {}, a_stamp()));
  CHECK(code_of(RocksStore::open(directory.path(), test_tables(), {})) == Code{0});
}

TEST_CASE("something there already") {
  const MemoryMachine machine(closed_store());
  CHECK(code_of(machine.create()) == Code::kStoreExists);
  CHECK(code_of(machine.open()) == Code{0});
}

TEST_CASE("a directory of something else") {
  const DiskImage image{{"report.txt", "hello"}};
  CHECK(open_code(image) == Code::kStoreForeign);
  CHECK(code_of(MemoryMachine(image).create()) == Code::kStoreForeign);
}

TEST_CASE("a RocksDB of something else") {
  const MemoryMachine machine;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.env = &machine.env();
  rocksdb::DB* db = nullptr;
  REQUIRE(rocksdb::DB::Open(options, MemoryMachine::kPath, &db).ok());
  delete db;
  CHECK(code_of(machine.open()) == Code::kStoreForeign);
  CHECK(code_of(machine.create()) == Code::kStoreExists);
}

TEST_CASE("a store with a column family that only a newer program knows") {
  const MemoryMachine machine(closed_store());
  rocksdb::Options options;
  options.env = &machine.env();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto name : kFamilyNames)
    families.emplace_back(std::string(name), rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  REQUIRE(rocksdb::DB::Open(options, MemoryMachine::kPath, families, &handles, &db).ok());
  rocksdb::ColumnFamilyHandle* added = nullptr;
  REQUIRE(db->CreateColumnFamily({}, "ledger", &added).ok());
  handles.push_back(added);
  for (auto* handle : handles)
    REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
  delete db;
  CHECK(code_of(machine.open()) == Code::kStoreNewerSchema);
}

TEST_CASE("a directory that lacks one file, or has it cut short") {
  const DiskImage whole = closed_store();
  for (const auto& [name, bytes] : whole) {
    if (!holds_content(name)) continue;
    CAPTURE(name);
    DiskImage lacking = whole;
    lacking.erase(name);
    const Code missing = open_code(lacking);
    // The log of a store that was closed in order is empty of content.
    if (name.ends_with(".log")) {
      CHECK((missing == Code::kStoreIncomplete || missing == Code{0}));
      continue;
    }
    CHECK(missing == Code::kStoreIncomplete);
    DiskImage cut = whole;
    cut[name] = bytes.substr(0, bytes.size() / 2);
    const Code shortened = open_code(cut);
    CHECK((shortened == Code::kStoreIncomplete || shortened == Code::kStoreCorrupt));
  }
  CHECK(open_code(whole) == Code{0});
}

TEST_CASE("the refusal leaves a half-copied store as it was") {
  const DiskImage whole = closed_store();
  const auto table =
      std::find_if(whole.begin(), whole.end(), [](const auto& file) { return file.first.ends_with(".sst"); });
  REQUIRE(table != whole.end());
  DiskImage image = whole;
  image.erase(table->first);
  const MemoryMachine machine(image);
  CHECK(code_of(machine.open()) == Code::kStoreIncomplete);
  DiskImage after = machine.image();
  for (const auto& [name, bytes] : image) {
    if (holds_content(name)) CHECK(after[name] == bytes);
  }
  after[table->first] = table->second;
  CHECK(open_code(after) == Code{0});
}

TEST_CASE("on a real disk the missing file is named") {
  const comity::test::TempDir directory;
  {
    const auto store = must(RocksStore::create(directory.path(), test_tables(), {}, a_stamp()));
    must(store->commit(std::move(Batch().put(note(1, 1), text("x")))));
  }
  std::vector<std::filesystem::path> tables;
  for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
    if (file.path().extension() == ".sst") tables.push_back(file.path());
  }
  REQUIRE_FALSE(tables.empty());
  std::filesystem::remove(tables.front());
  const auto refused = RocksStore::open(directory.path(), test_tables(), {});
  REQUIRE(code_of(refused) == Code::kStoreIncomplete);
  CHECK(refused.error().detail.find(tables.front().filename().string()) != std::string::npos);
}

TEST_CASE("an interrupted creation is begun anew, wherever it stopped") {
  comity::test::SplitMix prng(11);
  for (std::uint64_t stop = 1;; ++stop) {
    CAPTURE(stop);
    const MemoryMachine machine;
    const auto files =
        std::make_shared<comity::test::CrashFs>(machine.env().GetFileSystem(), [&] { return prng.next(); });
    const auto env = rocksdb::NewCompositeEnv(files);
    RocksOptions options = machine.options();
    options.env = env.get();
    files->on_change([&](std::uint64_t number) {
      if (number == stop) files->cut_power();
    });
    const bool created = RocksStore::create(MemoryMachine::kPath, test_tables(), options, a_stamp()).ok();
    files->on_change({});
    files->restore_power();
    const Code opened = code_of(RocksStore::open(MemoryMachine::kPath, test_tables(), options));
    if (created) {
      CHECK(opened == Code{0});
    } else if (opened != Code{0}) {
      CHECK(opened == Code::kStoreMissing);
      must(RocksStore::create(MemoryMachine::kPath, test_tables(), options, a_stamp()));
    }
    const auto store = must(RocksStore::open(MemoryMachine::kPath, test_tables(), options));
    CHECK(must(read_info(*store)).stamp.written_by == "0.0-test");
    if (created && stop > 20) break;
  }
}

TEST_CASE("a store that another process has open") {
  const comity::test::TempDir directory;
  must(RocksStore::create(directory.path(), test_tables(), {}, a_stamp()));
  const std::string lock_name = directory.file("LOCK");
  std::array<int, 2> ready{};
  REQUIRE(::pipe(ready.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // Only calls that are safe after a fork of a process with threads.
    const int file = ::open(lock_name.c_str(), O_RDWR);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const char answer = file >= 0 && ::fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  REQUIRE(answer == 'y');
  const auto refused = RocksStore::open(directory.path(), test_tables(), {});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(code_of(refused) == Code::kStoreLocked);
  CHECK(code_of(RocksStore::open(directory.path(), test_tables(), {})) == Code{0});
}

/// A disk on which this user may do nothing; as the administrator, a test cannot have a real one.
class ForbiddenFs final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  [[nodiscard]] const char* Name() const override { return "ForbiddenFs"; }
  rocksdb::IOStatus GetChildren(const std::string& name, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names, rocksdb::IODebugContext* debug) override {
    if (listing) return refusal();
    return FileSystemWrapper::GetChildren(name, options, names, debug);
  }
  rocksdb::IOStatus LockFile(const std::string& /*name*/, const rocksdb::IOOptions& /*options*/,
                             rocksdb::FileLock** /*lock*/, rocksdb::IODebugContext* /*debug*/) override {
    return refusal();
  }
  bool listing = false;

 private:
  static rocksdb::IOStatus refusal() {
    return rocksdb::IOStatus::IOError("while open a file", "Permission denied");
  }
};

TEST_CASE("a store that this user may not use") {
  const MemoryMachine machine(closed_store());
  const auto files = std::make_shared<ForbiddenFs>(machine.env().GetFileSystem());
  const auto env = rocksdb::NewCompositeEnv(files);
  RocksOptions options = machine.options();
  options.env = env.get();
  CHECK(code_of(RocksStore::open(MemoryMachine::kPath, test_tables(), options)) == Code::kStorePermission);
  files->listing = true;
  CHECK(code_of(RocksStore::open(MemoryMachine::kPath, test_tables(), options)) == Code::kStorePermission);
  CHECK(code_of(RocksStore::create(MemoryMachine::kPath, test_tables(), options, a_stamp())) ==
        Code::kStorePermission);
}

TEST_CASE("the words of the real file system for what is forbidden") {
  if (::geteuid() == 0) return comity::test::skip("the administrator may do everything");
  const comity::test::TempDir directory;
  must(RocksStore::create(directory.path(), test_tables(), {}, a_stamp()));
  std::filesystem::permissions(directory.path(), std::filesystem::perms::none);
  CHECK(code_of(RocksStore::open(directory.path(), test_tables(), {})) == Code::kStorePermission);
  std::filesystem::permissions(directory.path(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace comity::storage::test
