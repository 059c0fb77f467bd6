// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "proto/bytes.h"

namespace comity::proto {

/// Whether `bytes` is well-formed UTF-8: no over-long form, no surrogate, nothing above U+10FFFF, nothing cut
/// off (RFC 3629, section 4). NUL and other control characters are well-formed. Any thread.
[[nodiscard]] bool is_utf8(ByteView bytes) noexcept;

}  // namespace comity::proto
