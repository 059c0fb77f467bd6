// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string_view>

#include "proto/bytes.h"

/// Small tools of the hostile cases.
namespace comity::crypto {

/// The bytes of hexadecimal that the test's author wrote; throws when it is none.
[[nodiscard]] inline proto::Bytes hex(std::string_view text) {
  return proto::from_hex(text).value();
}

/// Calls `body(damaged)` once for each bit of `bytes`, with that bit flipped.
template <class Body>
void for_each_bit_flip(proto::ByteView bytes, Body body) {
  proto::Bytes damaged = proto::to_bytes(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    damaged[bit / 8] ^= mask;
    body(proto::ByteView(damaged));
    damaged[bit / 8] ^= mask;
  }
}

/// Calls `body(start)` with each true beginning of `bytes`, the empty one first.
template <class Body>
void for_each_truncation(proto::ByteView bytes, Body body) {
  for (std::size_t size = 0; size < bytes.size(); ++size)
    body(bytes.first(size));
}

}  // namespace comity::crypto
