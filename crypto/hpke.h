// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <span>

#include "crypto/aead.h"
#include "crypto/reset_on_move.h"
#include "crypto/x25519.h"

namespace comity::crypto {

class Random;
using proto::ByteView;

// HPKE (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305, modes base and psk. The
// modes with a sender's static key are left out: entries are signed.

/// A pre-shared key and its public name (mode psk). RFC 9180 section 5.1.2 wants at least 32 bytes of
/// entropy, hence a key of at least 32 bytes; the name may not be empty.
struct HpkePsk {
  ByteView key;
  ByteView id;
};

/// What the key schedule yields (RFC 9180 section 5.1).
struct HpkeKeys {
  Key32 key;
  SecretArray<kChaChaNonceBytes> base_nonce;
  Key32 exporter_secret;
};

/// One direction between a sender and a receiver (RFC 9180 sections 5.2, 5.3). After an error of open() the
/// next call may still succeed; messages are opened in the order in which they were sealed. After it
/// was moved away every call returns kNoiseDead. One object belongs to one thread at a time.
class HpkeContext {
 public:
  explicit HpkeContext(HpkeKeys keys) noexcept : keys_(std::in_place, std::move(keys)) {}

  /// Seals the next message into plaintext.size() + 16 bytes. Errors: kWrongSize, kNonceExhausted.
  [[nodiscard]] proto::Status seal(ByteView ad, ByteView plaintext, std::span<std::byte> out);
  /// Opens the next message into ciphertext.size() - 16 bytes. Errors as above, and kAuthentication.
  [[nodiscard]] proto::Status open(ByteView ad, ByteView ciphertext, std::span<std::byte> out);
  /// A secret of its own for `exporter_context`. Error kKeyTooLong over 255 x 32 bytes.
  [[nodiscard]] proto::Status export_secret(ByteView exporter_context, std::span<std::byte> out) const;

 private:
  [[nodiscard]] proto::Result<SecretArray<kChaChaNonceBytes>> next_nonce() const;

  ResetOnMove<HpkeKeys> keys_;
  std::uint64_t sequence_ = 0;
};

/// The sender's half: what goes to the receiver, and the context.
struct HpkeSender {
  X25519PublicKey encapsulated;
  HpkeContext context;
};

/// SetupBaseS, or SetupPSKS with a psk. Errors: kLowOrderPoint, kBadPsk.
[[nodiscard]] proto::Result<HpkeSender> hpke_sender(const X25519PublicKey& receiver, ByteView info,
                                                    const std::optional<HpkePsk>& psk, Random& random);

/// SetupBaseR, or SetupPSKR with a psk. A wrong key shows when the first message is opened. Errors:
/// kLowOrderPoint, kBadPsk.
[[nodiscard]] proto::Result<HpkeContext> hpke_receiver(const X25519PublicKey& encapsulated,
                                                       const X25519KeyPair& receiver, ByteView info,
                                                       const std::optional<HpkePsk>& psk);

/// DeriveKeyPair of the KEM (RFC 9180 section 7.1.3): the same pair for the same input key material.
[[nodiscard]] X25519KeyPair hpke_derive_key_pair(ByteView input_key_material);

/// The two halves of the KEM and the key schedule, which the published vectors check one by one.
namespace hpke {

[[nodiscard]] proto::Result<Key32> encapsulate(const X25519KeyPair& ephemeral,
                                               const X25519PublicKey& receiver);
[[nodiscard]] proto::Result<Key32> decapsulate(const X25519PublicKey& encapsulated,
                                               const X25519KeyPair& receiver);
[[nodiscard]] proto::Result<HpkeKeys> key_schedule(const Key32& shared_secret, ByteView info,
                                                   const std::optional<HpkePsk>& psk);

}  // namespace hpke
}  // namespace comity::crypto
