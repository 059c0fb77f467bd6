// SPDX-License-Identifier: EUPL-1.2
#pragma once

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
  [[nodiscard]] rocksdb::ReadOptions read_options() const;

  const std::shared_ptr<RocksDb> db_;
  const rocksdb::Snapshot* const snapshot_;
};

}  // namespace comity::storage
