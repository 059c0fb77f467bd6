// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "storage/store.h"

namespace comity::storage {

/// What a memory store would have on disk, kept apart from the store so that a test can close, crash and open
/// it again. Slow and obvious on purpose: every value a row ever had stays under the version that wrote it,
/// until no view and no crash can ask for it. All members are guarded by `mutex`.
struct MemoryDisk {
  using History = std::map<Version, std::optional<Bytes>>;  // nothing: erased

  std::mutex mutex;
  std::map<Bytes, History, KeyOrder> rows;
  std::map<Version, Change> changes;
  std::deque<std::pair<BatchId, Version>> recent_ids;
  Version latest{};
  Version durable{};
  Version first_change{};
  std::multiset<Version> views;
  bool open = false;
  bool clean = true;
  std::map<std::string, std::shared_ptr<MemoryDisk>> checkpoints;

  /// Power fails: what was not synced is gone. The store that was open on it is closed by the caller before
  /// or after; either way nothing of it counts any more.
  void crash();
};

/// The row as `version` shows it. Precondition for all three: the mutex is held.
[[nodiscard]] const Bytes* value_at(const MemoryDisk& disk, ByteView key, Version version);
/// Applies every operation of `batch` under `version`.
void apply(MemoryDisk& disk, const Batch& batch, Version version);
/// Drops values that no view, no crash and no reader can ask for any more.
void forget_history(MemoryDisk& disk);

}  // namespace comity::storage
