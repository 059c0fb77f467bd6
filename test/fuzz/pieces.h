// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <algorithm>
#include <vector>

#include "proto/bytes.h"

namespace comity::fuzz {

/// Cuts an input of several messages: each is a u16 size and as many bytes, or what is left.
[[nodiscard]] inline std::vector<proto::ByteView> pieces_of(proto::ByteView input) {
  std::vector<proto::ByteView> pieces;
  while (input.size() >= 2) {
    const std::size_t size = std::min<std::size_t>(proto::from_be<std::uint16_t>(input), input.size() - 2);
    pieces.push_back(input.subspan(2, size));
    input = input.subspan(2 + size);
  }
  return pieces;
}

/// The input that pieces_of() cuts into these.
[[nodiscard]] inline proto::Bytes from_pieces(const std::vector<proto::Bytes>& pieces) {
  proto::Bytes input;
  for (const proto::Bytes& piece : pieces) {
    proto::append(input, proto::to_be(static_cast<std::uint16_t>(piece.size())));
    proto::append(input, piece);
  }
  return input;
}

}  // namespace comity::fuzz
