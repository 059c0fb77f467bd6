// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>

#include "proto/bytes.h"

namespace comity::crypto {

/// The size that content of `size` bytes is filled up to before sealing: a size with so few significant bits
/// that it tells O(log log size) about the content, at most 12 % larger (Padmé, Nikitin et al., PoPETs 2019,
/// section 4).
[[nodiscard]] std::size_t padme_size(std::size_t size) noexcept;

/// Fills `out`, which has padme_size(content.size() + 1) bytes, with the content, one byte 0x80, then zeros:
/// one form for each content. Throws std::invalid_argument for an `out` of another size.
void padme_pad(proto::ByteView content, std::span<std::byte> out);

/// The content of what padme_pad() made. Error kBadPadding for anything else.
[[nodiscard]] proto::Result<proto::ByteView> padme_unpad(proto::ByteView padded);

}  // namespace comity::crypto
