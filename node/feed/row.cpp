// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/row.h"

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "storage/tables.h"

namespace comity::feed {
namespace {

Sha256Digest check_of(ByteView key, ByteView value) {
  return crypto::tagged_hash("row", {key, value});
}

}  // namespace

RowWriter& RowWriter::bytes(ByteView view) {
  proto::append(out_, view);
  return *this;
}

Bytes RowWriter::finish(ByteView key) && {
  const Sha256Digest check = check_of(key, out_);
  proto::append(out_, check.view().first(kRowCheckBytes));
  return std::move(out_);
}

Result<RowReader> RowReader::open(const storage::TableInfo& table, ByteView key, ByteView value) {
  if (value.size() < kRowCheckBytes) return damaged(table, key, "the row is too short");
  const ByteView content = value.first(value.size() - kRowCheckBytes);
  if (!proto::equal(check_of(key, content).view().first(kRowCheckBytes), value.last(kRowCheckBytes))) {
    return damaged(table, key, "its check does not hold");
  }
  return RowReader(content);
}

ByteView RowReader::take(std::size_t size) {
  if (size > rest_.size()) {
    short_ = true;
    rest_ = {};
    return {};
  }
  const ByteView part = rest_.first(size);
  rest_ = rest_.subspan(size);
  return part;
}

Error damaged(const storage::TableInfo& table, ByteView key, std::string_view what) {
  return {Code::kFeedDamaged, fmt::format("{} {}: {}", table.name, storage::describe_key(table, key), what)};
}

}  // namespace comity::feed
