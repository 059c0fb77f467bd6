// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/log_ahead.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "storage/rocks/rocks_store.h"
#include "test/support/temp_dir.h"
#include "test/unit/storage/disk_image.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMebibyte = 1024U * 1024;

std::unique_ptr<rocksdb::FSWritableFile> create(const std::string& path) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const auto opened = log_ahead_env().GetFileSystem()->NewWritableFile(path, {}, &file, nullptr);
  REQUIRE(opened.ok());
  return file;
}

std::uintmax_t longest_log(const std::string& directory) {
  std::uintmax_t longest = 0;
  for (const auto& file : fs::directory_iterator(directory))
    if (file.path().extension() == ".log") longest = std::max(longest, file.file_size());
  return longest;
}

TEST_CASE("a log has zeros behind its end while it is written, and none once it is closed") {
  const comity::test::TempDir directory;
  const std::string path = directory.file("000007.log");
  const auto file = create(path);
  REQUIRE(file->Append("first", {}, nullptr).ok());
  CHECK(fs::file_size(path) == 5 + kMebibyte);
  REQUIRE(file->Append("second", {}, nullptr).ok());
  CHECK(fs::file_size(path) == 5 + kMebibyte);
  const std::string large(200'000, 'x');
  for (int i = 0; i < 6; ++i)
    REQUIRE(file->Append(large, {}, nullptr).ok());
  CHECK(fs::file_size(path) == 11 + 6 * large.size());
  REQUIRE(file->Append("third", {}, nullptr).ok());
  CHECK(fs::file_size(path) == 16 + 6 * large.size() + kMebibyte);
  REQUIRE(file->Close({}, nullptr).ok());
  CHECK(fs::file_size(path) == 16 + 6 * large.size());
  std::ifstream in(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  CHECK(all == "firstsecond" + std::string(6 * large.size(), 'x') + "third");
}

TEST_CASE("other files are left alone") {
  const comity::test::TempDir directory;
  const std::string path = directory.file("000007.sst");
  const auto file = create(path);
  REQUIRE(file->Append("first", {}, nullptr).ok());
  CHECK(fs::file_size(path) == 5);
  REQUIRE(file->Close({}, nullptr).ok());
}

TEST_CASE("what a killed node leaves, zeros included, opens with all that was acknowledged") {
  const comity::test::TempDir directory;
  const std::string live = directory.file("live");
  const auto store = must(RocksStore::create(live, test_tables(), {}, a_stamp()));
  constexpr std::uint64_t kNotes = 40;
  for (std::uint64_t i = 0; i < kNotes; ++i) {
    Batch batch;
    batch.put(note(1, i), text("a note"));
    must(store->commit(std::move(batch)));
  }
  CHECK(longest_log(live) > kMebibyte);
  const std::string copy = directory.file("copy");
  fs::copy(live, copy, fs::copy_options::recursive);
  const auto again = must(RocksStore::open(copy, test_tables(), {}));
  const auto view = must(again->snapshot());
  for (std::uint64_t i = 0; i < kNotes; ++i)
    CHECK(must(view->get(note(1, i))) == text("a note"));
  Batch batch;
  batch.put(note(1, kNotes), text("one more"));
  must(again->commit(std::move(batch)));
  must(again->close());
  must(store->close());
}

}  // namespace
}  // namespace comity::storage::test
