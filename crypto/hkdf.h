// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <initializer_list>
#include <span>

#include "crypto/secret.h"
#include "crypto/sha256.h"

namespace comity::crypto {

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1) of the concatenation of `parts`, with a key of any length, into 32
/// bytes.
void hmac_sha256(ByteView key, std::initializer_list<ByteView> parts, std::span<std::byte, 32> out);

/// Compares in constant time. False for a tag that is not 32 bytes.
[[nodiscard]] bool hmac_sha256_verify(ByteView key, ByteView message, ByteView tag);

/// HKDF-Extract with SHA-256 (RFC 5869 section 2.2): a pseudorandom key of 32 bytes.
[[nodiscard]] Key32 hkdf_extract(ByteView salt, std::initializer_list<ByteView> input_key_material);

/// HKDF-Expand with SHA-256 (RFC 5869 section 2.3) of the concatenation of `info`; fills all of `out`.
/// Error kKeyTooLong when `out` exceeds 255 x 32 bytes.
[[nodiscard]] proto::Status hkdf_expand(ByteView pseudorandom_key, std::initializer_list<ByteView> info,
                                        std::span<std::byte> out);

/// The same for lengths that cannot be too long.
[[nodiscard]] Key32 hkdf_expand_key(ByteView pseudorandom_key, std::initializer_list<ByteView> info);

}  // namespace comity::crypto
