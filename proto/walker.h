// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "proto/bytes.h"
#include "proto/walk_plan.h"

namespace comity::proto {

/// Whether `bytes` is the one permitted encoding of a message of this plan, within the bounds of the schema.
/// It runs before every parse, so that nobody can make two readers see two messages in the same bytes
/// (DESIGN 5.4; research/protocol.md 2).
///
/// The rules, each with its error:
/// - tags ascend (kFieldOrder); only elements of an unpacked repeated field share one (kFieldTwice);
/// - varints are minimal (kVarintNotMinimal) and end within 64 bits (kVarintTooLong);
/// - a default stands on the wire only where presence says something: submessages, members of a oneof,
///   elements of repeated fields (kExplicitDefault); a packed field is never empty (kPackedEmpty);
/// - the wire type is the schema's (kWrongWireType); groups do not exist (kWrongWireType);
/// - unknown numbers below 100 are refused (kUnknownCriticalField); from 100 on they are skipped, at most 16
///   of them and one more for each 64 bytes of the message (kTooManyIgnored);
/// - values fit their type (kValueOutOfRange); enums are closed, unless marked `open` (kUnknownEnumValue);
/// - strings are UTF-8 (kBadUtf8); lengths end within their message (kTruncated);
/// - at most bounds::kMessageDepth levels, the outermost counted (kTooDeep);
/// - the options max_count, min_bytes, max_bytes, exact_bytes and required hold (kTooManyElements,
///   kFieldTooShort, kFieldTooLong, kWrongSize, kMissingField);
/// - at most one member of a oneof (kOneofTwice).
///
/// The detail names the field by its path and the offset in bytes. Allocates nothing on success, and only the
/// detail on refusal. Any thread.
[[nodiscard]] Status walk(const Plan& plan, ByteView bytes);

}  // namespace comity::proto
