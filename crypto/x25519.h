// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/reset_on_move.h"
#include "crypto/secret.h"
#include "proto/ids.h"

namespace comity::crypto {

class Random;

using X25519PublicKey = proto::FixedId<struct X25519PublicKeyTag, 32>;

/// A Diffie-Hellman key pair (RFC 7748). The private half of a lasting pair is in guarded memory. That costs
/// about as much as a key agreement, so pairs for one handshake or one seal hold theirs inside the object,
/// wiped on destruction. Throws std::logic_error when the private half is used after it was moved away.
class X25519KeyPair {
 public:
  [[nodiscard]] static X25519KeyPair generate(Random& random);
  /// A pair for one handshake or one seal, outside guarded memory.
  [[nodiscard]] static X25519KeyPair ephemeral(Random& random);
  /// From the 32 private bytes, clamped when used. Error kWrongSize.
  [[nodiscard]] static proto::Result<X25519KeyPair> from_private(proto::ByteView private_key);

  [[nodiscard]] const X25519PublicKey& public_key() const noexcept { return public_key_; }
  [[nodiscard]] std::span<const std::byte, 32> private_key() const;
  /// A copy for one handshake, outside guarded memory.
  [[nodiscard]] X25519KeyPair clone() const;

  /// The shared secret with `theirs`. Error kLowOrderPoint when it would be all zero (RFC 7748 section 6.1):
  /// such a key contributes nothing, whoever sent it.
  [[nodiscard]] proto::Result<Key32> shared_secret(const X25519PublicKey& theirs) const;

 private:
  X25519KeyPair() = default;
  void find_public_key();

  X25519PublicKey public_key_;
  Secret lasting_;  // one of the two holds the private half
  ResetOnMove<Key32> brief_;
};

}  // namespace comity::crypto
