// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <rocksdb/write_batch.h>

#include "storage/changes.h"
#include "storage/rocks/db.h"

namespace comity::storage {

/// The ids of the last committed batches and their versions.
class RecentIds {
 public:
  void add(const BatchId& id, Version version);
  [[nodiscard]] std::optional<Version> find(const BatchId& id) const;
  /// Forgets those of a group that failed, from `first` on.
  void forget_from(Version first);

 private:
  std::unordered_map<BatchId, Version> versions_;
  std::deque<std::pair<BatchId, Version>> order_;
};

/// What the batches of a group will have changed, for the guards of those behind them. The views point into
/// the batches.
class Overlay {
 public:
  void add(const Op& op);
  /// The row as the group leaves it: a value, "erased", or "not touched" (false).
  [[nodiscard]] bool find(ByteView key, std::optional<ByteView>& value) const;

 private:
  std::unordered_map<std::string_view, std::optional<ByteView>> rows_;
  std::vector<std::pair<std::string_view, std::string_view>> erased_;
};

/// Merges batches into one RocksDB write: numbers them, judges their guards against the store and the group
/// so far, recognises ids, and adds their row of the change stream. Lives for one group, on one thread.
class Group {
 public:
  /// `last` is the version before the group. Both references outlive the group.
  Group(const RocksDb& db, RecentIds& ids, Version last);

  /// The batch's version once the group is written, or why it is left out. Keeps views into `batch`.
  [[nodiscard]] proto::Result<Version> add(const Batch& batch);

  [[nodiscard]] bool empty() const { return record_.empty(); }
  [[nodiscard]] Version last() const { return last_; }
  /// Everything as one write, change record included. Once, when no batch follows.
  [[nodiscard]] rocksdb::WriteBatch& finish();

 private:
  [[nodiscard]] proto::Status check_guards(const Batch& batch);
  [[nodiscard]] proto::Result<bool> holds(const Guard& guard) const;
  void catch_up_overlay();
  void write(const Op& op);

  const RocksDb& db_;
  RecentIds& ids_;
  Version last_;
  rocksdb::WriteBatch write_;
  ChangeRecord record_;
  std::vector<std::pair<std::byte, std::uint32_t>> order_;  // table and index of each op, kept for its memory
  std::vector<const Batch*> accepted_;
  std::size_t overlaid_ = 0;  // how many of them the overlay has: groups without guards never pay for it
  Overlay overlay_;
};

}  // namespace comity::storage
