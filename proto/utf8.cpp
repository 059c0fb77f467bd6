// SPDX-License-Identifier: EUPL-1.2
#include "proto/utf8.h"

namespace comity::proto {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080U;

// Bytes of printable ASCII at the start, eight at a time: a multiple of eight.
std::size_t printable_eights(ByteView bytes) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  std::size_t at = 0;
  for (; bytes.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + at, sizeof(eight));
    // Where no byte has its high bit set, these set it in each byte below the space, and in each DEL.
    const std::uint64_t below_space = eight - 0x20 * kOnes;
    const std::uint64_t beside_delete = (eight ^ 0x7f * kOnes) - kOnes;
    if (((eight | below_space | beside_delete) & kHighBits) != 0) break;
  }
  return at;
}

bool continues(std::byte b) noexcept {
  return (b & std::byte{0xc0}) == std::byte{0x80};
}

// What `sequence`, which is well-formed, stands for.
std::uint32_t code_point(ByteView sequence) noexcept {
  const auto lead = std::to_integer<std::uint32_t>(sequence[0]);
  if (sequence.size() == 1) return lead;
  // The lead byte has one high bit for each byte of the sequence, then a zero.
  std::uint32_t point = lead & (0x7fU >> sequence.size());
  for (const std::byte b : sequence.subspan(1))
    point = point << 6U | (std::to_integer<std::uint32_t>(b) & 0x3fU);
  return point;
}

bool breaks_line(std::uint32_t point) noexcept {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029;
}

bool turns_direction(std::uint32_t point) noexcept {
  return point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

}  // namespace

std::size_t utf8_sequence_bytes(ByteView rest) noexcept {
  const auto lead = std::to_integer<unsigned>(rest[0]);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (rest.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(rest[i])) return 0;
  }
  // The second byte alone tells over-long forms, surrogates and numbers that are too large.
  const auto second = std::to_integer<unsigned>(rest[1]);
  if (lead == 0xe0 && second < 0xa0) return 0;
  if (lead == 0xed && second > 0x9f) return 0;
  if (lead == 0xf0 && second < 0x90) return 0;
  if (lead == 0xf4 && second > 0x8f) return 0;
  return length;
}

bool is_utf8(ByteView bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size()) {
    // Most text is ASCII: eight bytes at a time.
    while (bytes.size() - at >= sizeof(std::uint64_t)) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, bytes.data() + at, sizeof(eight));
      if ((eight & kHighBits) != 0) break;
      at += sizeof(eight);
    }
    if (at == bytes.size()) break;
    const std::size_t length = utf8_sequence_bytes(bytes.subspan(at));
    if (length == 0) return false;
    at += length;
  }
  return true;
}

bool is_plain_line(ByteView bytes) noexcept {
  for (;;) {
    bytes = bytes.subspan(printable_eights(bytes));
    if (bytes.empty()) return true;
    const std::size_t length = utf8_sequence_bytes(bytes);
    if (length == 0) return false;
    const std::uint32_t point = code_point(bytes.first(length));
    if (breaks_line(point) || turns_direction(point)) return false;
    bytes = bytes.subspan(length);
  }
}

}  // namespace comity::proto
