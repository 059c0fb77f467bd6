// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <memory>
#include <string>

#include <rocksdb/options.h>

#include "proto/bounds.h"
#include "storage/commit_queue.h"
#include "storage/rocks/leading.h"

namespace comity::storage {

struct RocksOptions {
  /// Bytes for block cache, indexes, filters, table readers and write buffers together. At least 16 MiB.
  std::size_t memory_limit = std::size_t{128} * 1024 * 1024;
  std::size_t queue_bytes = proto::bounds::kStoreQueueBytes;
  std::size_t changes_kept = proto::bounds::kStoreChangesKept;  ///< batches
  /// A file of this size that is given up when the disk is full, so that what is open can be brought to an
  /// end; written again when there is room. 0: none.
  std::uint64_t ballast_bytes = 0;
  /// Writes are refused while less than this is free, ballast not counted. 0: until the disk is full.
  std::uint64_t reserve_bytes = 0;
  Committer committer = Committer::kThread;
  int background_jobs = 2;  ///< flushes and compactions at a time
  /// Where files and background threads come from; nullptr: the system's. Outlives the store and its views.
  rocksdb::Env* env = nullptr;
};

/// What of a memory limit write buffers may take, in bytes: as much may have to be brought to disk at once.
[[nodiscard]] std::size_t write_buffer_bytes(std::size_t memory_limit) noexcept;

/// Column families: how rows are laid out on disk. A table's Placement chooses among the first three.
enum class Family : std::uint8_t { kRows, kBodies, kKeys, kChanges };
inline constexpr std::size_t kFamilies = 4;
/// RocksDB demands that one of them is called "default".
inline constexpr std::array<std::string_view, kFamilies> kFamilyNames{"default", "bodies", "keys", "changes"};

/// RocksDB's options for `options`: one cache that also pays for write buffers and indexes.
struct RocksSetup {
  rocksdb::DBOptions db;
  std::array<rocksdb::ColumnFamilyOptions, kFamilies> families;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<const LeadingFields> leading;  ///< of the tables; nullptr without any
};
/// Without `tables` files are written that filters tell less about, and read without that help.
[[nodiscard]] RocksSetup make_setup(const RocksOptions& options, const Tables* tables = nullptr);

}  // namespace comity::storage
