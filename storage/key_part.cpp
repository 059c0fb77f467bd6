// SPDX-License-Identifier: EUPL-1.2
#include "storage/key_part.h"

namespace comity::storage::detail {
namespace {

constexpr std::byte kEscape{0x00};
constexpr std::byte kEscapedZero{0xff};
constexpr std::byte kEnd{0x01};  // below kEscapedZero: a text sorts before every text that it begins

}  // namespace

void encode_text(proto::Bytes& out, proto::ByteView text) {
  for (const std::byte byte : text) {
    out.push_back(byte);
    if (byte == kEscape) out.push_back(kEscapedZero);
  }
  out.push_back(kEscape);
  out.push_back(kEnd);
}

proto::Result<proto::Bytes> decode_text(proto::ByteView& rest) {
  proto::Bytes text;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != kEscape) {
      text.push_back(rest[i]);
      continue;
    }
    if (++i == rest.size()) return short_key();
    if (rest[i] == kEnd) {
      rest = rest.subspan(i + 1);
      return text;
    }
    if (rest[i] != kEscapedZero)
      return proto::Error{proto::Code::kStoreBadKey, "a text has an unknown escape"};
    text.push_back(kEscape);
  }
  return short_key();
}

}  // namespace comity::storage::detail
