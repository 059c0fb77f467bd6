// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <string>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "storage/batch.h"

namespace comity::storage {

/// The file DURABLE beside RocksDB's own: the last version that was acknowledged, and whether the store was
/// closed in order. A log that lost its end looks to RocksDB like one that never had it; the mark tells the
/// two apart. It is rewritten in place after each sync and itself synced only at opening and closing: after a
/// power failure it may be older than the log, never newer.
class DurableMark {
 public:
  struct Content {
    Version version{};
    bool clean = false;
  };
  static constexpr std::string_view kFileName = "DURABLE";

  /// Reads the mark of the store in `path`. Errors: kStoreIncomplete when there is none or not all of it,
  /// kStoreCorrupt when its bytes are not what was written, kStoreFailed.
  [[nodiscard]] static proto::Result<Content> read(rocksdb::FileSystem& files, const std::string& path);

  /// Writes a first mark, synced.
  [[nodiscard]] static proto::Status create(rocksdb::FileSystem& files, const std::string& path,
                                            const Content& content);

  /// Opens the mark for rewriting. One thread at a time.
  [[nodiscard]] static proto::Result<std::unique_ptr<DurableMark>> open(rocksdb::FileSystem& files,
                                                                        const std::string& path);

  [[nodiscard]] proto::Status write(const Content& content, bool synced);

 private:
  explicit DurableMark(std::unique_ptr<rocksdb::FSRandomRWFile> file) : file_(std::move(file)) {}
  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
};

}  // namespace comity::storage
