// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "proto/bytes.h"

namespace comity::proto {

/// Whether `bytes` is well-formed UTF-8: no over-long form, no surrogate, nothing above U+10FFFF, nothing cut
/// off (RFC 3629, section 4). NUL and other control characters are well-formed. Any thread.
[[nodiscard]] bool is_utf8(ByteView bytes) noexcept;

/// Bytes of the well-formed sequence at the start of `rest`, 1 to 4; 0 when none stands there. Precondition:
/// `rest` is not empty.
[[nodiscard]] std::size_t utf8_sequence_bytes(ByteView rest) noexcept;

/// Whether `bytes` is UTF-8 that shows as one line, in the order in which it is written: no control character
/// (C0, DEL, C1), no line or paragraph separator (U+2028, U+2029), nothing that turns the direction of
/// writing (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069). With those a name could pass for another one
/// on a screen or add lines to a log. Any thread.
[[nodiscard]] bool is_plain_line(ByteView bytes) noexcept;

}  // namespace comity::proto
