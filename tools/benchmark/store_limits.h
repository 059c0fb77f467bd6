// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "node/feed/entry_rows.h"
#include "storage/rocks/options.h"
#include "tools/benchmark/store_report.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace comity::benchmark {

/// Asks the disk how long one fdatasync takes after appending to a file.
class SyncProbe {
 public:
  explicit SyncProbe(const std::filesystem::path& directory);
  SyncProbe(const SyncProbe&) = delete;
  SyncProbe& operator=(const SyncProbe&) = delete;
  ~SyncProbe();
  /// Appends `bytes` and syncs: the time of the latter, in µs.
  [[nodiscard]] double once_us(std::size_t bytes);

 private:
  std::filesystem::path file_;
  int descriptor_;
};

/// What this machine can do at most, measured in the same run: disk, signatures, compression.
void add_machine_limits(Report& report, const std::filesystem::path& directory,
                        const std::vector<std::string>& texts);

/// One RocksDB with the store's own column families and options, and one thread that commits to it: what the
/// rows of entries cost without anything of Comity. The rows are made beforehand.
class BareCommitter {
 public:
  struct Row {
    storage::Family family = storage::Family::kRows;
    proto::Bytes key;
    proto::Bytes value;
  };
  using Rows = std::vector<Row>;  ///< of one entry

  BareCommitter(const std::filesystem::path& directory, std::size_t memory_limit);
  BareCommitter(const BareCommitter&) = delete;
  BareCommitter& operator=(const BareCommitter&) = delete;
  ~BareCommitter();

  /// Rows of the same tables and sizes as those that the store holds for this entry.
  [[nodiscard]] static Rows rows_of(const v1::Entry& entry, const proto::SpaceId& space);

  /// Writes all of them, `entries_a_batch` at a time, each batch with one row for the feed and one of the
  /// change stream, and synced.
  void write(const std::vector<Rows>& entries, std::size_t entries_a_batch);

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::uint64_t batches_ = 0;
};

}  // namespace comity::benchmark
