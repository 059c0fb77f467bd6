// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>

#include "crypto/secret.h"
#include "proto/bytes.h"

namespace comity::crypto {

inline constexpr std::size_t kAeadTagBytes = 16;
inline constexpr std::size_t kChaChaNonceBytes = 12;
inline constexpr std::size_t kXChaChaNonceBytes = 24;

using AeadKey = std::span<const std::byte, 32>;

/// ChaCha20-Poly1305 (RFC 8439). `out` takes plaintext.size() + 16 bytes and may begin where `plaintext`
/// does. Errors: kWrongSize for a nonce that is not 12 bytes or an `out` of another size. Never repeat (key,
/// nonce).
[[nodiscard]] proto::Status chacha20poly1305_seal(AeadKey key, proto::ByteView nonce, proto::ByteView ad,
                                                  proto::ByteView plaintext, std::span<std::byte> out);

/// The reverse: `out` takes ciphertext.size() - 16 bytes and may begin where `ciphertext` does. Errors:
/// kWrongSize for nonce or buffers, kAuthentication when any bit of key, nonce, ad or ciphertext differs;
/// `out` is then zeroed.
[[nodiscard]] proto::Status chacha20poly1305_open(AeadKey key, proto::ByteView nonce, proto::ByteView ad,
                                                  proto::ByteView ciphertext, std::span<std::byte> out);

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), the same with 24-byte nonces, which may be random.
[[nodiscard]] proto::Status xchacha20poly1305_seal(AeadKey key, proto::ByteView nonce, proto::ByteView ad,
                                                   proto::ByteView plaintext, std::span<std::byte> out);
[[nodiscard]] proto::Status xchacha20poly1305_open(AeadKey key, proto::ByteView nonce, proto::ByteView ad,
                                                   proto::ByteView ciphertext, std::span<std::byte> out);

}  // namespace comity::crypto
