// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/types.h"

namespace comity::feed {

/// What is sealed: one byte for the scheme (0 as it is, 1 one zstd frame that states its size, RFC 8878),
/// then the content. The scheme that takes less room is chosen, and never one that unpack() would refuse.
/// Error kFeedContentTooLong when the content exceeds kMostContentBytes. Any thread.
[[nodiscard]] Result<Bytes> pack(ByteView content);

/// The reverse. Errors: kFeedBodyFormat (unknown scheme, damaged or trailing bytes, size not stated),
/// kFeedContentTooLong, kFeedContentRatio when it would grow more than kMostRatio times. Nothing is allocated
/// before the stated size was judged. Any thread.
[[nodiscard]] Result<Bytes> unpack(ByteView packed);

/// Encoded Content with a text of the largest size and all else it may carry, in bytes.
inline constexpr std::size_t kMostContentBytes = 288 * 1024;
/// Prose reaches 3 to 5, tables and logs 15; a bomb reaches 1,000.
inline constexpr std::size_t kMostRatio = 20;

}  // namespace comity::feed
