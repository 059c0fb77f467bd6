// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string_view>

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include "proto/bytes.h"

namespace comity::storage {

/// Our code for what RocksDB says, with its words and ours (`doing`: what was tried, or the row) as detail.
/// Precondition: the status is not ok.
[[nodiscard]] proto::Error to_error(const rocksdb::Status& status, std::string_view doing);

/// Ok, or the error of to_error().
[[nodiscard]] proto::Status to_status(const rocksdb::Status& status, std::string_view doing);

[[nodiscard]] inline rocksdb::Slice to_slice(proto::ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline proto::ByteView to_view(const rocksdb::Slice& slice) {
  return proto::as_bytes(std::string_view(slice.data(), slice.size()));
}

}  // namespace comity::storage
