// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace comity::storage {

/// The system's files, where the write-ahead log is grown in large steps ahead of its end. A synced write
/// that makes its file longer also waits for the file system's journal; one that lands on zeros which are
/// there already waits for the disk alone, about half as long. RocksDB's reader takes zeros for the end of
/// the log, and a log that is closed in order is cut to its length.
///
/// Large writes are not prepared: they share one sync among many batches, and zeros would double their bytes.
/// A file system that refuses the zeros loses nothing but the gain.
[[nodiscard]] std::unique_ptr<rocksdb::Env> make_log_ahead_env(
    const std::shared_ptr<rocksdb::FileSystem>& files);

/// One for the whole process, on the system's files; never destroyed, as RocksDB's own.
[[nodiscard]] rocksdb::Env& log_ahead_env();

}  // namespace comity::storage
