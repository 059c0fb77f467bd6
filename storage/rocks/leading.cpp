// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/leading.h"

#include <algorithm>

#include "storage/batch.h"
#include "storage/rocks/status.h"

namespace comity::storage {
namespace {

constexpr std::size_t kMostFields = 2;

std::size_t leading_bytes(const TableInfo& table) {
  const std::size_t fields = std::min(kMostFields, table.field_count - 1);
  std::size_t bytes = 1;
  for (std::size_t i = 0; i < fields && table.fields.at(i).bytes > 0; ++i)
    bytes += table.fields.at(i).bytes;
  return bytes == 1 ? 0 : bytes;
}

}  // namespace

LeadingFields::LeadingFields(const Tables& tables) {
  for (const TableInfo& table : tables.all()) {
    if (table.field_count > 0) sizes_.at(table.prefix) = leading_bytes(table);
  }
}

rocksdb::Slice LeadingFields::Transform(const rocksdb::Slice& key) const {
  return {key.data(), size_of(to_view(key))};
}

bool LeadingFields::InDomain(const rocksdb::Slice& key) const {
  const std::size_t size = size_of(to_view(key));
  return size > 0 && key.size() >= size;
}

bool LeadingFields::share(const Range& range) const {
  const std::size_t size = size_of(range.begin);
  if (size == 0 || range.begin.size() < size) return false;
  const ByteView leading = ByteView(range.begin).first(size);
  const Range same = prefix_range(leading);
  return !KeyOrder()(same.end, range.end);
}

}  // namespace comity::storage
