// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "storage/rocks/db.h"
#include "storage/view.h"

namespace comity::storage {

/// A RocksDB snapshot; keeps the database open.
class RocksView final : public View {
 public:
  explicit RocksView(std::shared_ptr<RocksDb> db);
  ~RocksView() override;

  [[nodiscard]] proto::Result<Version> version() const override;
  [[nodiscard]] proto::Result<std::optional<Bytes>> get(ByteView key) const override;
  [[nodiscard]] proto::Result<std::vector<std::optional<Bytes>>> get_all(
      std::span<const Bytes> keys) const override;
  [[nodiscard]] proto::Status walk(const Range& range, bool reverse, const Visit& visit) const override;

 private:
  struct Cursor;
  [[nodiscard]] rocksdb::ReadOptions read_options() const;
  [[nodiscard]] std::unique_ptr<Cursor> take_cursor(rocksdb::ColumnFamilyHandle* family, bool filtered) const;
  void give_back(std::unique_ptr<Cursor> cursor) const;

  const std::shared_ptr<RocksDb> db_;
  const rocksdb::Snapshot* const snapshot_;
  /// To make an iterator costs more than to move one, and a page of rows walks a few short ranges for each of
  /// them: those that nobody uses now wait here, at most kIdleCursors.
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Cursor>> idle_{};
};

}  // namespace comity::storage
