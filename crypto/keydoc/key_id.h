// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>

#include "crypto/ed25519.h"
#include "crypto/x25519.h"

namespace comity::crypto {

/// The first 16 bytes of SHA-256("comity.v1.key" NUL algorithm byte ‖ public key). `algorithm` is a number of
/// v1::Alg, also one that this version does not know.
[[nodiscard]] proto::KeyId key_id(std::uint8_t algorithm, proto::ByteView public_key);
[[nodiscard]] proto::KeyId key_id(const Ed25519PublicKey& key);
[[nodiscard]] proto::KeyId key_id(const X25519PublicKey& key);

/// Refuses keys that nobody can have made honestly: those of low order, with which signatures or secrets
/// would mean nothing, second spellings of the same point, and keys that anybody can sign with because their
/// private half is published. Errors: kLowOrderPoint; kKeyDocRule for the last.
[[nodiscard]] proto::Status check_public_key(const Ed25519PublicKey& key);
[[nodiscard]] proto::Status check_public_key(const X25519PublicKey& key);

}  // namespace comity::crypto
