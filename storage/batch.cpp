// SPDX-License-Identifier: EUPL-1.2
#include "storage/batch.h"

namespace comity::storage {

void Batch::add(std::vector<Slice>& to, std::uint8_t kind, ByteView key, ByteView value) {
  to.push_back({data_.size(), key.size(), value.size(), kind});
  proto::append(data_, key);
  proto::append(data_, value);
}

ByteView Batch::key_of(const Slice& slice) const {
  return ByteView(data_).subspan(slice.offset, slice.key_size);
}

ByteView Batch::value_of(const Slice& slice) const {
  return ByteView(data_).subspan(slice.offset + slice.key_size, slice.value_size);
}

Batch& Batch::put(ByteView key, ByteView value) {
  add(ops_, static_cast<std::uint8_t>(OpKind::kPut), key, value);
  return *this;
}

Batch& Batch::erase(ByteView key) {
  add(ops_, static_cast<std::uint8_t>(OpKind::kErase), key, {});
  return *this;
}

Batch& Batch::erase_range(ByteView begin, ByteView end) {
  add(ops_, static_cast<std::uint8_t>(OpKind::kEraseRange), begin, end);
  return *this;
}

Batch& Batch::append(const Batch& other) {
  ops_.reserve(ops_.size() + other.ops_.size());
  for (std::size_t i = 0; i < other.ops_.size(); ++i) {
    const Op added = other.op(i);
    add(ops_, static_cast<std::uint8_t>(added.kind), added.key, added.value);
  }
  return *this;
}

Batch& Batch::expect_absent(ByteView key) {
  add(guards_, static_cast<std::uint8_t>(Guard::Kind::kAbsent), key, {});
  return *this;
}

Batch& Batch::expect_present(ByteView key) {
  add(guards_, static_cast<std::uint8_t>(Guard::Kind::kPresent), key, {});
  return *this;
}

Batch& Batch::expect_equal(ByteView key, ByteView value) {
  add(guards_, static_cast<std::uint8_t>(Guard::Kind::kEquals), key, value);
  return *this;
}

Op Batch::op(std::size_t index) const {
  const Slice& slice = ops_.at(index);
  return {static_cast<OpKind>(slice.kind), key_of(slice), value_of(slice)};
}

Guard Batch::guard(std::size_t index) const {
  const Slice& slice = guards_.at(index);
  return {static_cast<Guard::Kind>(slice.kind), key_of(slice), value_of(slice)};
}

}  // namespace comity::storage
