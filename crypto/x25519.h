// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/guarded.h"
#include "proto/ids.h"

namespace comity::crypto {

class Random;

using X25519PublicKey = proto::FixedId<struct X25519PublicKeyTag, 32>;

/// A Diffie-Hellman key pair (RFC 7748), its private half in guarded memory. Throws std::logic_error when the
/// private half is used after it was moved away.
class X25519KeyPair {
 public:
  [[nodiscard]] static X25519KeyPair generate(Random& random);
  /// From the 32 private bytes, clamped when used. Error kWrongSize.
  [[nodiscard]] static proto::Result<X25519KeyPair> from_private(proto::ByteView private_key);

  [[nodiscard]] const X25519PublicKey& public_key() const noexcept { return public_key_; }
  [[nodiscard]] std::span<const std::byte, 32> private_key() const { return private_key_.view(); }
  [[nodiscard]] X25519KeyPair clone() const;

  /// The shared secret with `theirs`. Error kLowOrderPoint when it would be all zero (RFC 7748 section 6.1):
  /// such a key contributes nothing, whoever sent it.
  [[nodiscard]] proto::Result<Key32> shared_secret(const X25519PublicKey& theirs) const;

 private:
  X25519KeyPair() = default;
  X25519PublicKey public_key_;
  GuardedKey32 private_key_;
};

}  // namespace comity::crypto
