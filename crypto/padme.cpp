// SPDX-License-Identifier: EUPL-1.2
#include "crypto/padme.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace comity::crypto {
namespace {

constexpr std::byte kEndOfContent{0x80};

}  // namespace

std::size_t padme_size(std::size_t size) noexcept {
  if (size < 2) return size;
  // The exponent keeps all its bits and the mantissa as many as the exponent has; the rest is rounded up.
  const auto exponent = static_cast<unsigned>(std::bit_width(size)) - 1;
  const auto kept = static_cast<unsigned>(std::bit_width(exponent));
  const std::size_t low_bits = (std::size_t{1} << (exponent - kept)) - 1;
  return (size + low_bits) & ~low_bits;
}

void padme_pad(proto::ByteView content, std::span<std::byte> out) {
  if (out.size() != padme_size(content.size() + 1)) throw std::invalid_argument("padded size");
  auto end = std::ranges::copy(content, out.begin()).out;
  *end++ = kEndOfContent;
  std::fill(end, out.end(), std::byte{0});
}

proto::Result<proto::ByteView> padme_unpad(proto::ByteView padded) {
  std::size_t end = padded.size();
  while (end > 0 && padded[end - 1] == std::byte{0})
    --end;
  if (end == 0 || padded[end - 1] != kEndOfContent || padme_size(end) != padded.size()) {
    return proto::Error{proto::Code::kBadPadding, {}};
  }
  return padded.first(end - 1);
}

}  // namespace comity::crypto
