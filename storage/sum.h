// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <initializer_list>
#include <optional>

#include "proto/bytes.h"

/// Sums that find damage in the store's own rows and files. They prove nothing against intent.
namespace comity::storage {

/// CRC-32 over the parts, one after the other.
[[nodiscard]] std::uint32_t sum_of(std::initializer_list<proto::ByteView> parts);

/// `content`, closed by a sum over `key` and itself: a row under another key is noticed too.
[[nodiscard]] proto::Bytes with_sum(proto::ByteView key, proto::ByteView content);
/// The content again; nothing when its sum does not hold.
[[nodiscard]] std::optional<proto::ByteView> without_sum(proto::ByteView key, proto::ByteView value);

}  // namespace comity::storage
