// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/aead.h"
#include "crypto/guarded.h"
#include "crypto/random.h"
#include "proto/bytes.h"

namespace comity::federation {

/// Bytes of a key of 32 bytes at rest: nonce, then XChaCha20-Poly1305 under the node's storage key.
inline constexpr std::size_t kSealedKeyBytes = crypto::kXChaChaNonceBytes + 32 + crypto::kAeadTagBytes;

/// Seals `secret` for one place: the key of the row, and which field of it.
[[nodiscard]] proto::Bytes seal_key(const crypto::Key32& storage_key, proto::ByteView row,
                                    std::uint32_t index, std::span<const std::byte, 32> secret,
                                    crypto::Random& random);

/// Error kAuthentication, kWrongSize when it was sealed under another storage key or for another place.
[[nodiscard]] proto::Status open_key(const crypto::Key32& storage_key, proto::ByteView row,
                                     std::uint32_t index, proto::ByteView sealed,
                                     std::span<std::byte, 32> secret);

}  // namespace comity::federation
