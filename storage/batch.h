// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/bytes.h"
#include "proto/ids.h"

namespace comity::storage {

using proto::Bytes;
using proto::ByteView;

/// The order of keys, bytewise. Transparent: containers of Bytes can be asked with a ByteView.
struct KeyOrder {
  using is_transparent = void;
  [[nodiscard]] bool operator()(ByteView a, ByteView b) const noexcept {
    return proto::as_text(a) < proto::as_text(b);
  }
};

/// Number of a committed batch: 1 for the first of a store, then without gaps. 0 is "before the first".
enum class Version : std::uint64_t {};

/// The caller's name for a batch: random, or derived from what the batch does. A batch that is sent again
/// under the same id is recognised (see Store::submit). All zero: no name, hence no recognition.
using BatchId = proto::FixedId<struct BatchIdTag, 16>;

enum class OpKind : std::uint8_t { kPut = 1, kErase = 2, kEraseRange = 3 };

/// One change. The views point into the batch that holds it.
struct Op {
  OpKind kind = OpKind::kPut;
  ByteView key;
  ByteView value;  ///< of a kPut; for kEraseRange the exclusive end of the range; else empty
};

/// What a row must look like at the moment of commit, or nothing of the batch happens. Compares values and
/// not row versions: a version would cost eight bytes in every row, and an engine below may have none.
struct Guard {
  enum class Kind : std::uint8_t { kAbsent, kPresent, kEquals };
  Kind kind = Kind::kAbsent;
  ByteView key;
  ByteView value;  ///< of a kEquals
};

/// Changes that happen together or not at all, applied in the order in which they were added. All bytes live
/// in one buffer: a batch costs a handful of allocations however many rows it has. Not thread-safe.
class Batch {
 public:
  Batch() = default;
  explicit Batch(const BatchId& id) : id_(id) {}

  Batch& put(ByteView key, ByteView value);
  Batch& erase(ByteView key);
  /// Erases begin <= key < end. Both belong to one table; `end` may be the first key after it.
  Batch& erase_range(ByteView begin, ByteView end);

  /// Adds the operations of another one behind those that are here; its guards and its id stay behind.
  Batch& append(const Batch& other);

  Batch& expect_absent(ByteView key);
  Batch& expect_present(ByteView key);
  Batch& expect_equal(ByteView key, ByteView value);

  [[nodiscard]] const BatchId& id() const noexcept { return id_; }
  [[nodiscard]] std::size_t op_count() const noexcept { return ops_.size(); }
  [[nodiscard]] std::size_t guard_count() const noexcept { return guards_.size(); }
  [[nodiscard]] Op op(std::size_t index) const;
  [[nodiscard]] Guard guard(std::size_t index) const;
  /// Keys, values and guards together, in bytes.
  [[nodiscard]] std::size_t bytes() const noexcept { return data_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ops_.empty(); }

 private:
  struct Slice {
    std::size_t offset = 0;
    std::size_t key_size = 0;
    std::size_t value_size = 0;
    std::uint8_t kind = 0;
  };
  void add(std::vector<Slice>& to, std::uint8_t kind, ByteView key, ByteView value);
  [[nodiscard]] ByteView key_of(const Slice& slice) const;
  [[nodiscard]] ByteView value_of(const Slice& slice) const;

  BatchId id_;
  Bytes data_;
  std::vector<Slice> ops_;
  std::vector<Slice> guards_;
};

}  // namespace comity::storage
