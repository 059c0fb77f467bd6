// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>

#include "proto/bytes.h"
#include "proto/result.h"
#include "proto/walk_plan.h"

namespace google::protobuf {
class MessageLite;
}

namespace comity::proto {

namespace detail {

Status parse(const Plan& plan, ByteView bytes, std::size_t max_bytes, google::protobuf::MessageLite& out);
Result<Bytes> serialise_checked(const Plan& plan, const google::protobuf::MessageLite& message);
Bytes serialise_valid(const Plan& plan, const google::protobuf::MessageLite& message);

}  // namespace detail

/// The one door by which bytes become a message: size, strict walk, then libprotobuf. `max_bytes` is the
/// bound of this kind of message (proto/bounds.h). Errors: kMessageTooLong, and those of walk(). A refusal
/// allocates at most bounds::kRefusalAllocation bytes, an accepted message at most bounds::kAcceptedFactor
/// times its size and as much again. Any thread.
template <class M>
[[nodiscard]] Result<M> decode(ByteView bytes, std::size_t max_bytes) {
  M message;
  COMITY_CHECK(detail::parse(plan_of<M>(), bytes, max_bytes, message));
  return message;
}

/// The bytes of a message of our own making, which every strict walker accepts. Throws std::logic_error when
/// the message breaks its schema: a caller that fills in what people typed uses encode_checked. Any thread.
template <class M>
[[nodiscard]] Bytes encode(const M& message) {
  return detail::serialise_valid(plan_of<M>(), message);
}

/// The bytes of a message that may break its schema, a title that is too long for example. Errors: those of
/// walk(). Any thread.
template <class M>
[[nodiscard]] Result<Bytes> encode_checked(const M& message) {
  return detail::serialise_checked(plan_of<M>(), message);
}

}  // namespace comity::proto
