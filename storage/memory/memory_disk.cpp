// SPDX-License-Identifier: EUPL-1.2
#include "storage/memory/memory_disk.h"

#include <algorithm>

namespace comity::storage {

void MemoryDisk::crash() {
  const std::lock_guard lock(mutex);
  for (auto row = rows.begin(); row != rows.end();) {
    History& history = row->second;
    history.erase(history.upper_bound(durable), history.end());
    row = history.empty() ? rows.erase(row) : std::next(row);
  }
  changes.erase(changes.upper_bound(durable), changes.end());
  std::erase_if(recent_ids, [&](const auto& entry) { return entry.second > durable; });
  latest = durable;
  open = false;
  clean = false;
}

const Bytes* value_at(const MemoryDisk& disk, ByteView key, Version version) {
  const auto row = disk.rows.find(key);
  if (row == disk.rows.end()) return nullptr;
  const auto after = row->second.upper_bound(version);
  if (after == row->second.begin()) return nullptr;
  const auto& value = std::prev(after)->second;
  return value ? &*value : nullptr;
}

void apply(MemoryDisk& disk, const Batch& batch, Version version) {
  for (std::size_t i = 0; i < batch.op_count(); ++i) {
    const Op op = batch.op(i);
    const Bytes key = proto::to_bytes(op.key);
    if (op.kind == OpKind::kPut) {
      disk.rows[key][version] = proto::to_bytes(op.value);
    } else if (op.kind == OpKind::kErase) {
      if (disk.rows.contains(key)) disk.rows[key][version] = std::nullopt;
    } else {
      const auto end = disk.rows.lower_bound(op.value);
      for (auto row = disk.rows.lower_bound(key); row != end; ++row)
        row->second[version] = std::nullopt;
    }
  }
}

void forget_history(MemoryDisk& disk) {
  Version oldest = disk.durable;
  if (!disk.views.empty()) oldest = std::min(oldest, *disk.views.begin());
  for (auto row = disk.rows.begin(); row != disk.rows.end();) {
    MemoryDisk::History& history = row->second;
    const auto shown = history.upper_bound(oldest);
    if (shown != history.begin()) history.erase(history.begin(), std::prev(shown));
    const bool gone = history.size() == 1 && !history.begin()->second && history.begin()->first <= oldest;
    row = gone ? disk.rows.erase(row) : std::next(row);
  }
}

}  // namespace comity::storage
