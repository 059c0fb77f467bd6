// SPDX-License-Identifier: EUPL-1.2
#include "storage/check.h"

#include <fmt/format.h>

#include "storage/own_tables.h"

namespace comity::storage {
namespace {

namespace bounds = proto::bounds;
using proto::Code;
using proto::Error;

// One byte above the longest key: key_after() of it is where a scan goes on.
constexpr std::size_t kMostRangeBytes = bounds::kStoreKeyBytes + 1;

proto::Status check_key_size(ByteView key, std::size_t most = bounds::kStoreKeyBytes) {
  if (key.empty()) return Error{Code::kStoreBounds, "an empty key"};
  if (key.size() > most) {
    return Error{Code::kStoreBounds, fmt::format("a key of {} bytes", key.size())};
  }
  return {};
}

proto::Status check_value_size(ByteView value, const Tables& tables, ByteView key) {
  if (value.size() <= bounds::kStoreValueBytes) return {};
  return Error{Code::kStoreBounds,
               fmt::format("a value of {} bytes for {}", value.size(), describe_key(tables, key))};
}

proto::Status check_table(ByteView key, const Tables& tables) {
  const TableInfo* table = tables.find(key);
  if (table == nullptr || table->prefix == kChangesTable.info().prefix) {
    return Error{Code::kStoreUnknownTable, fmt::format("prefix {:#04x}", std::to_integer<unsigned>(key[0]))};
  }
  return {};
}

proto::Status check_op(const Op& op, const Tables& tables) {
  switch (op.kind) {
    case OpKind::kPut: {
      COMITY_CHECK(check_read(op.key, tables));
      const TableInfo* table = tables.find(op.key);
      if (table->dropped != 0)
        return Error{Code::kStoreUnknownTable, fmt::format("{} is dropped", table->name)};
      return check_value_size(op.value, tables, op.key);
    }
    case OpKind::kErase:
      return check_read(op.key, tables);
    case OpKind::kEraseRange:
      return check_range(op.key, op.value, tables);
  }
  return Error{Code::kStoreBounds, "an unknown operation"};
}

}  // namespace

proto::Status check_read(ByteView key, const Tables& tables) {
  COMITY_CHECK(check_key_size(key));
  return check_table(key, tables);
}

proto::Status check_range(ByteView begin, ByteView end, const Tables& tables) {
  COMITY_CHECK(check_key_size(begin, kMostRangeBytes));
  COMITY_CHECK(check_key_size(end, kMostRangeBytes));
  COMITY_CHECK(check_table(begin, tables));
  if (!KeyOrder()(begin, end)) {
    return Error{Code::kStoreBounds, "a range that ends before it begins"};
  }
  const bool next_table =
      end.size() == 1 && std::to_integer<unsigned>(end[0]) == std::to_integer<unsigned>(begin[0]) + 1;
  if (end[0] != begin[0] && !next_table) return Error{Code::kStoreBounds, "a range over more than one table"};
  return {};
}

proto::Status check_scan(const Scan& scan) {
  if (scan.limit == 0 || scan.limit > bounds::kStorePageRows) {
    return Error{Code::kStoreBounds, fmt::format("a page of {} rows", scan.limit)};
  }
  if (scan.byte_limit == 0 || scan.byte_limit > bounds::kStorePageBytes) {
    return Error{Code::kStoreBounds, fmt::format("a page of {} bytes", scan.byte_limit)};
  }
  return {};
}

proto::Status check_batch(const Batch& batch, const Tables& tables) {
  if (batch.empty()) return Error{Code::kStoreBounds, "a batch without an operation"};
  const std::size_t count = batch.op_count() + batch.guard_count();
  if (count > bounds::kStoreBatchOperations) {
    return Error{Code::kStoreBounds, fmt::format("a batch of {} operations", count)};
  }
  if (batch.bytes() > bounds::kStoreBatchBytes) {
    return Error{Code::kStoreBounds, fmt::format("a batch of {} bytes", batch.bytes())};
  }
  for (std::size_t i = 0; i < batch.op_count(); ++i)
    COMITY_CHECK(check_op(batch.op(i), tables));
  for (std::size_t i = 0; i < batch.guard_count(); ++i) {
    const Guard guard = batch.guard(i);
    COMITY_CHECK(check_read(guard.key, tables));
    COMITY_CHECK(check_value_size(guard.value, tables, guard.key));
  }
  return {};
}

}  // namespace comity::storage
