// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/result.h"

namespace comity::proto {

/// Borrowed bytes. The owner outlives the view; functions never keep one past their return.
using ByteView = std::span<const std::byte>;
/// Owned bytes, not wiped on destruction: secrets live in crypto::Secret instead.
using Bytes = std::vector<std::byte>;

/// The bytes of `text`, without a terminating NUL.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The same bytes seen as characters; makes no claim about their encoding.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The pointer type that C libraries take.
[[nodiscard]] inline const unsigned char* as_uchar(ByteView bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
[[nodiscard]] inline unsigned char* as_uchar(std::span<std::byte> bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
// A span of fixed size converts to both of the above.
template <std::size_t Size>
requires(Size != std::dynamic_extent)
    [[nodiscard]] unsigned char* as_uchar(std::span<std::byte, Size> bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// An owned copy of `bytes`.
[[nodiscard]] inline Bytes to_bytes(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}
[[nodiscard]] inline Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}

/// Adds `more` to the end of `out`.
inline void append(Bytes& out, ByteView more) {
  out.insert(out.end(), more.begin(), more.end());
}

/// All `parts` one after the other, in one allocation.
[[nodiscard]] Bytes concat(std::initializer_list<ByteView> parts);

/// Whether both hold the same bytes. Not constant time: use crypto::equal_ct for secrets and tags.
[[nodiscard]] inline bool equal(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// Lower-case hexadecimal, two characters a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);

/// Reads hexadecimal of either case. Error kBadHex on an odd length or another character.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

/// Big-endian bytes of an unsigned integer, as every fixed layout of the protocol stores them.
template <class Unsigned>
[[nodiscard]] constexpr std::array<std::byte, sizeof(Unsigned)> to_be(Unsigned value) noexcept {
  std::array<std::byte, sizeof(Unsigned)> out{};
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    out[sizeof(Unsigned) - 1 - i] = static_cast<std::byte>(value >> (8 * i));
  }
  return out;
}

/// The unsigned integer in the first sizeof(Unsigned) bytes. Precondition: `bytes` holds that many.
template <class Unsigned>
[[nodiscard]] constexpr Unsigned from_be(ByteView bytes) noexcept {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value = static_cast<Unsigned>((std::uint64_t{value} << 8U) | std::to_integer<std::uint64_t>(bytes[i]));
  }
  return value;
}

}  // namespace comity::proto
