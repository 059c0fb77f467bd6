// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "proto/bytes.h"

namespace comity::crypto {

/// Whether the private half of this public key stands in a published document, or follows from a seed that
/// people type when they try something out: RFC 8032 section 7.1, RFC 7748 section 6.1, the cacophony vectors
/// of Noise, and the seeds 00…00, ff…ff and 00 01 … 1f. Of either algorithm. Any thread.
[[nodiscard]] bool is_published(proto::ByteView public_key) noexcept;

}  // namespace comity::crypto
