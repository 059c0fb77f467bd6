// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/types.h"
#include "storage/table.h"

namespace comity::feed {

inline constexpr std::size_t kRowCheckBytes = 8;

/// Builds the value of a row: big-endian numbers and bytes one after the other.
class RowWriter {
 public:
  template <class Unsigned>
  RowWriter& number(Unsigned value) {
    return bytes(proto::to_be(value));
  }
  RowWriter& bytes(ByteView view);
  /// The value, closed by a check over it and its key: a byte that flips on disk, or a row that ends up under
  /// another key, is then noticed whatever the engine below does.
  [[nodiscard]] Bytes finish(ByteView key) &&;

 private:
  Bytes out_;
};

/// Reads such a value. Reading beyond its end yields zeros and makes done() fail.
class RowReader {
 public:
  /// Error kFeedDamaged, naming table and key, when the check does not hold.
  [[nodiscard]] static Result<RowReader> open(const storage::TableInfo& table, ByteView key, ByteView value);

  template <class Unsigned>
  [[nodiscard]] Unsigned number() {
    const ByteView part = take(sizeof(Unsigned));
    return part.empty() ? Unsigned{0} : proto::from_be<Unsigned>(part);
  }
  template <class Id>
  [[nodiscard]] Id id() {
    const ByteView part = take(Id::kSize);
    return part.empty() ? Id() : Id::from(part).value();
  }
  [[nodiscard]] ByteView bytes(std::size_t size) { return take(size); }
  [[nodiscard]] ByteView rest() { return take(rest_.size()); }
  /// Whether everything was read, and nothing beyond.
  [[nodiscard]] bool done() const noexcept { return !short_ && rest_.empty(); }

 private:
  explicit RowReader(ByteView rest) : rest_(rest) {}
  ByteView take(std::size_t size);

  ByteView rest_;
  bool short_ = false;
};

/// kFeedDamaged for one row: "bodies feed=… seq=7: what".
[[nodiscard]] Error damaged(const storage::TableInfo& table, ByteView key, std::string_view what);

}  // namespace comity::feed
