// SPDX-License-Identifier: EUPL-1.2
#include "proto/utf8.h"

namespace comity::proto {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080U;

bool continues(std::byte b) noexcept {
  return (b & std::byte{0xc0}) == std::byte{0x80};
}

/// Length of the sequence that starts at `at`, or 0 when it is not well-formed.
std::size_t sequence(ByteView rest) noexcept {
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

}  // namespace

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
    const std::size_t length = sequence(bytes.subspan(at));
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace comity::proto
