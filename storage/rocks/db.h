// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "storage/rocks/options.h"
#include "storage/rocks/status.h"
#include "storage/tables.h"

namespace comity::storage {

/// The last version that `options` shows, by the last row of the change stream; 0 in a new store.
[[nodiscard]] proto::Result<Version> last_version(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* changes,
                                                  const rocksdb::ReadOptions& options);

/// An open RocksDB with its column families and the tables that lie in them. The store and its views share
/// it; the last of them closes it.
class RocksDb {
 public:
  RocksDb(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> handles,
          RocksSetup setup, Tables tables, std::string path);
  RocksDb(const RocksDb&) = delete;
  RocksDb& operator=(const RocksDb&) = delete;
  ~RocksDb();

  [[nodiscard]] rocksdb::DB& db() const { return *db_; }
  [[nodiscard]] rocksdb::FileSystem& files() const { return *setup_.db.env->GetFileSystem(); }
  [[nodiscard]] const Tables& tables() const { return tables_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const RocksSetup& setup() const { return setup_; }
  [[nodiscard]] const std::vector<rocksdb::ColumnFamilyHandle*>& handles() const { return handles_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<std::size_t>(family)];
  }
  /// The column family of a key. Precondition: its table is declared.
  [[nodiscard]] rocksdb::ColumnFamilyHandle* handle_of(ByteView key) const;

  /// Brings all write buffers into table files.
  [[nodiscard]] proto::Status flush();

  std::atomic<std::uint64_t> open_views = 0;

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  const RocksSetup setup_;
  const Tables tables_;
  const std::string path_;
};

}  // namespace comity::storage
