// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "storage/rocks/db.h"
#include "storage/rocks/space.h"

namespace comity::storage {

/// Whether the store takes writes, and if not, why and for how long. A full disk passes: whoever asks next
/// looks for room and lets RocksDB go on. A failed sync does not: what the disk still has of it is unknown
/// until the store is opened anew. Any thread.
class Health {
 public:
  /// `db` outlives all calls, not the object.
  Health(RocksDb& db, Space space);

  /// Why no write may be tried now, or nothing. Tries to return from a full disk first. While there is plenty
  /// of room, the file system is asked before every 64th write only.
  [[nodiscard]] std::optional<proto::Error> refusal();

  /// Takes in what a failed write said; gives the answer for its batches.
  [[nodiscard]] proto::Error write_failed(const rocksdb::Status& status);

  /// No write until the store is opened anew.
  void stop(proto::Error reason);

  [[nodiscard]] std::uint64_t free_bytes();

 private:
  void return_from_full_disk();
  void look_for_room();

  RocksDb& db_;
  std::mutex mutex_;
  Space space_;
  std::optional<proto::Error> reason_;
  bool full_disk_ = false;     // the reason is one that can pass
  unsigned unasked_left_ = 0;  // writes before the file system is asked again
};

}  // namespace comity::storage
