// SPDX-License-Identifier: EUPL-1.2
#include "proto/bytes.h"

namespace comity::proto {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Bytes concat(std::initializer_list<ByteView> parts) {
  std::size_t total = 0;
  for (ByteView part : parts)
    total += part.size();
  Bytes out;
  out.reserve(total);
  for (ByteView part : parts)
    append(out, part);
  return out;
}

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::byte b : bytes) {
    out.push_back(kHexDigits[std::to_integer<unsigned>(b) >> 4U]);
    out.push_back(kHexDigits[std::to_integer<unsigned>(b) & 15U]);
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error{Code::kBadHex, "an odd number of digits"};
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return Error{Code::kBadHex, "a character that is no digit"};
    out.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return out;
}

}  // namespace comity::proto
