// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <cstdint>

#include "comity/v1/entry.pb.h"

#include "proto/ids.h"
#include "proto/result.h"

/// Durable, verifiable logs of signed, sealed entries over the Store seam (DESIGN 5, 6).
namespace comity::feed {

using proto::AgencyId;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::EntryId;
using proto::Error;
using proto::FeedId;
using proto::Hlc;
using proto::Incarnation;
using proto::KeyEpoch;
using proto::KeyId;
using proto::raw;
using proto::Result;
using proto::Seq;
using proto::Sha256Digest;
using proto::SpaceId;
using proto::Status;

/// Wall-clock time in ms since 1970; always handed in, never asked for.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] inline std::uint64_t millis(WallTime time) noexcept {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}
[[nodiscard]] inline WallTime from_millis(std::uint64_t ms) noexcept {
  return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(ms)));
}

/// The position after `seq`.
[[nodiscard]] constexpr Seq next(Seq seq) noexcept {
  return Seq{raw(seq) + 1};
}

/// The text of a protobuf `bytes` field that holds `view`.
[[nodiscard]] inline std::string field(ByteView view) {
  return std::string(proto::as_text(view));
}

}  // namespace comity::feed
