// SPDX-License-Identifier: EUPL-1.2
#include "crypto/base32.h"

namespace comity::crypto {
namespace {

constexpr unsigned kBitsPerCharacter = 5;

}  // namespace

std::string base32_encode(proto::ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() * 8 + kBitsPerCharacter - 1) / kBitsPerCharacter);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::byte b : bytes) {
    held = (held << 8U) | std::to_integer<std::uint32_t>(b);
    for (bits += 8; bits >= kBitsPerCharacter; bits -= kBitsPerCharacter)
      text += kBase32Alphabet[(held >> (bits - kBitsPerCharacter)) & 31U];
  }
  if (bits > 0) text += kBase32Alphabet[(held << (kBitsPerCharacter - bits)) & 31U];
  return text;
}

std::optional<proto::Bytes> base32_decode(std::string_view text) {
  proto::Bytes bytes;
  bytes.reserve(text.size() * kBitsPerCharacter / 8);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = kBase32Alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    held = (held << kBitsPerCharacter) | static_cast<std::uint32_t>(value);
    bits += kBitsPerCharacter;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::byte>((held >> bits) & 0xffU));
    }
  }
  const std::uint32_t spare = held & ((std::uint32_t{1} << bits) - 1);
  if (bits >= kBitsPerCharacter || spare != 0) return std::nullopt;
  return bytes;
}

}  // namespace comity::crypto
