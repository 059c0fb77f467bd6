// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "proto/bounds.h"
#include "storage/batch.h"

namespace comity::storage {

/// Keys from `begin`, and below `end`. Both lie in one table; `end` may be the first key after it.
struct Range {
  Bytes begin;
  Bytes end;
};

/// All keys that begin with `prefix`. Precondition: not empty, and some byte of it differs from 0xff.
[[nodiscard]] Range prefix_range(ByteView prefix);

/// The smallest key that is greater than `key`: where the next page of a forward scan begins.
[[nodiscard]] Bytes key_after(ByteView key);

/// What a scan reads and how much of it. It stops at whichever limit comes first, always after a whole row
/// and never before the first one.
struct Scan {
  Range range;
  std::size_t limit = proto::bounds::kListPage;             ///< rows, at most kStorePageRows
  std::size_t byte_limit = proto::bounds::kStorePageBytes;  ///< keys and values, at most kStorePageBytes
  bool reverse = false;                                     ///< from the greatest key down
};

struct Row {
  Bytes key;
  Bytes value;

  friend bool operator==(const Row&, const Row&) = default;
};

struct Page {
  std::vector<Row> rows;
  std::optional<Range> rest;  ///< the range of the next page; nothing when this was the last one
};

/// The store as it was at one version: later commits do not show. Any thread may use a view, several at a
/// time. A view keeps replaced rows on disk, so it is closed (destroyed) within about five seconds.
class View {
 public:
  View() = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  virtual ~View() = default;

  /// The last batch that this view shows. Errors: kStoreCorrupt, kStoreFailed.
  [[nodiscard]] virtual proto::Result<Version> version() const = 0;

  /// The value of `key`, or nothing. Errors: kStoreUnknownTable, kStoreCorrupt, kStoreFailed.
  [[nodiscard]] virtual proto::Result<std::optional<Bytes>> get(ByteView key) const = 0;

  /// The same for several keys of any tables, in their order; cheaper than one by one.
  [[nodiscard]] virtual proto::Result<std::vector<std::optional<Bytes>>> get_all(
      std::span<const Bytes> keys) const = 0;

  /// Sees one row of a walk; false ends the walk. The views are valid during the call only.
  using Visit = std::function<bool(ByteView key, ByteView value)>;

  /// Shows the rows of `range` in order without copying them and without a limit: for work that is bounded by
  /// the visitor. Errors: kStoreBounds for a range outside one table, kStoreUnknownTable, kStoreCorrupt,
  /// kStoreFailed; rows shown before an error were genuine.
  [[nodiscard]] virtual proto::Status walk(const Range& range, bool reverse, const Visit& visit) const = 0;

  /// One page, copied. Errors as walk(); kStoreBounds for limits that are zero or above the bounds.
  [[nodiscard]] proto::Result<Page> scan(const Scan& scan) const;
};

}  // namespace comity::storage
