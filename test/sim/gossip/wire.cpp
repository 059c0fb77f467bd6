// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/gossip/wire.h"

namespace comity::sim::gossip {
namespace {

constexpr std::byte kHave{1};
constexpr std::byte kMessage{2};
constexpr std::size_t kCountBytes = sizeof(std::uint32_t);
constexpr std::size_t kMessageHead = 2 + kCountBytes;

}  // namespace

proto::Bytes encode(const Have& have) {
  proto::Bytes out{kHave};
  for (const std::uint32_t count : have.counts)
    proto::append(out, proto::to_be(count));
  return out;
}

proto::Bytes encode(const Message& message) {
  proto::Bytes out{kMessage, static_cast<std::byte>(message.author)};
  proto::append(out, proto::to_be(message.number));
  proto::append(out, message.text);
  return out;
}

proto::Result<Parcel> decode(proto::ByteView bytes) {
  if (bytes.empty()) return proto::Error{proto::Code::kWrongSize};
  if (bytes[0] == kHave && bytes.size() % kCountBytes == 1) {
    Have have;
    for (proto::ByteView rest = bytes.subspan(1); !rest.empty(); rest = rest.subspan(kCountBytes))
      have.counts.push_back(proto::from_be<std::uint32_t>(rest));
    return Parcel(std::move(have));
  }
  if (bytes[0] == kMessage && bytes.size() >= kMessageHead) {
    Message message;
    message.author = std::to_integer<std::uint8_t>(bytes[1]);
    message.number = proto::from_be<std::uint32_t>(bytes.subspan(2));
    message.text = proto::to_bytes(bytes.subspan(kMessageHead));
    return Parcel(std::move(message));
  }
  return proto::Error{proto::Code::kWrongSize};
}

}  // namespace comity::sim::gossip
