// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "proto/bytes.h"
#include "proto/result.h"

namespace comity::sim::gossip {

/// "This is what I have": the count of messages per author. Also the sign of life.
struct Have {
  std::vector<std::uint32_t> counts;
};

struct Message {
  std::uint8_t author = 0;
  std::uint32_t number = 0;
  proto::Bytes text;
};

using Parcel = std::variant<Have, Message>;

[[nodiscard]] proto::Bytes encode(const Have& have);
[[nodiscard]] proto::Bytes encode(const Message& message);
/// Error kWrongSize for anything that encode() does not make.
[[nodiscard]] proto::Result<Parcel> decode(proto::ByteView bytes);

}  // namespace comity::sim::gossip
