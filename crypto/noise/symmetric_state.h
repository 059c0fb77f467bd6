// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "crypto/noise/cipher_state.h"
#include "crypto/sha256.h"

namespace comity::crypto::noise {

/// The chaining key, the running hash and the cipher of a handshake with SHA-256 (Noise specification,
/// section 5.2). Used by Handshake only. One object belongs to one thread at a time.
class SymmetricState {
 public:
  explicit SymmetricState(std::string_view protocol_name);

  void mix_key(ByteView input_key_material);
  void mix_hash(ByteView data);
  void mix_key_and_hash(ByteView input_key_material);

  /// Whether encrypt_and_hash adds a tag.
  [[nodiscard]] bool has_key() const noexcept { return cipher_.has_value(); }
  /// Bytes that encrypt_and_hash adds: 16 or none.
  [[nodiscard]] std::size_t tag_bytes() const noexcept { return has_key() ? kAeadTagBytes : 0; }

  /// `out` has plaintext.size() + tag_bytes() bytes. Errors as in CipherState.
  [[nodiscard]] proto::Status encrypt_and_hash(ByteView plaintext, std::span<std::byte> out);
  /// `out` has ciphertext.size() - tag_bytes() bytes. Errors as in CipherState.
  [[nodiscard]] proto::Status decrypt_and_hash(ByteView ciphertext, std::span<std::byte> out);

  /// The ciphers of the initiator's and of the responder's messages.
  [[nodiscard]] std::pair<CipherState, CipherState> split() const;
  [[nodiscard]] const Sha256Digest& hash() const noexcept { return hash_; }

 private:
  Key32 chaining_key_;
  Sha256Digest hash_;
  std::optional<CipherState> cipher_;
};

}  // namespace comity::crypto::noise
