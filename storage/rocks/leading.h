// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>

#include <rocksdb/slice_transform.h>

#include "storage/tables.h"

namespace comity::storage {

/// How many bytes at the start of a key filters remember besides the whole key: its table and the leading two
/// fields (of a table with two fields, one), as far as their sizes are fixed. What is said of an entry, who
/// withdrew it: most of what is asked for by these fields is not there, and a filter says so without a look
/// at any block. Its name stands in every table file. A prefix byte belongs to one table for ever, so files
/// that were written before a table was added stay right. Any thread.
class LeadingFields final : public rocksdb::SliceTransform {
 public:
  explicit LeadingFields(const Tables& tables);

  [[nodiscard]] const char* Name() const override { return "comity.leading.1"; }
  [[nodiscard]] rocksdb::Slice Transform(const rocksdb::Slice& key) const override;
  [[nodiscard]] bool InDomain(const rocksdb::Slice& key) const override;

  /// Whether all keys of the range begin with the same remembered bytes.
  [[nodiscard]] bool share(const Range& range) const;

 private:
  [[nodiscard]] std::size_t size_of(ByteView key) const noexcept {
    return key.empty() ? 0 : sizes_.at(std::to_integer<std::size_t>(key[0]));
  }

  std::array<std::size_t, 256> sizes_{};  ///< by the first byte; 0: none
};

}  // namespace comity::storage
