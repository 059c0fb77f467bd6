// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/keydoc/key_chain.h"
#include "node/feed/types.h"

/// How agencies find, know and trust each other, and what they exchange (DESIGN 5).
namespace comity::federation {

using feed::AgencyId;
using feed::Bytes;
using feed::ByteView;
using feed::Code;
using feed::Error;
using feed::field;
using feed::from_millis;
using feed::KeyId;
using feed::millis;
using feed::Result;
using feed::Sha256Digest;
using feed::SpaceId;
using feed::Status;
using feed::WallTime;
using proto::InstanceId;
using proto::InviteId;

/// The bytes of a protobuf `bytes` field.
[[nodiscard]] inline ByteView view_of(const std::string& bytes) noexcept {
  return proto::as_bytes(bytes);
}

/// The id in a protobuf field whose size the schema has fixed; all zero when it is absent.
template <class Id>
[[nodiscard]] Id id_of(const std::string& bytes) {
  auto id = Id::from(view_of(bytes));
  return id.ok() ? *id : Id();
}

/// "2026-11-23T10:04:11Z".
[[nodiscard]] std::string time_text(WallTime time);

}  // namespace comity::federation
