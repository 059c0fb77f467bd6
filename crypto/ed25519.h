// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/secret.h"
#include "proto/ids.h"

namespace comity::crypto {

class Random;

using Ed25519PublicKey = proto::FixedId<struct Ed25519PublicKeyTag, 32>;
using Ed25519Signature = proto::FixedId<struct Ed25519SignatureTag, 64>;

/// A signing key (RFC 8032) in guarded memory. Signing is const and may run on several threads at once.
class Ed25519KeyPair {
 public:
  [[nodiscard]] static Ed25519KeyPair generate(Random& random);
  /// From the 32-byte seed of RFC 8032. Error kWrongSize.
  [[nodiscard]] static proto::Result<Ed25519KeyPair> from_seed(proto::ByteView seed);

  [[nodiscard]] const Ed25519PublicKey& public_key() const noexcept { return public_key_; }
  [[nodiscard]] Ed25519Signature sign(proto::ByteView message) const;
  /// The 32 bytes from which from_seed() makes this pair again.
  [[nodiscard]] Secret seed() const;

 private:
  Ed25519KeyPair() = default;
  Ed25519PublicKey public_key_;
  Secret secret_key_;  // libsodium's form: seed, then public key
};

/// Whether `signature` is that of `message` by `key`: strict verification as in libsodium (canonical S, no
/// low-order key or R). Any thread.
[[nodiscard]] bool ed25519_verify(const Ed25519PublicKey& key, proto::ByteView message,
                                  const Ed25519Signature& signature) noexcept;

}  // namespace comity::crypto
