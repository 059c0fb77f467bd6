// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <span>

#include "crypto/aead.h"
#include "crypto/secret.h"

namespace comity::crypto::noise {

using proto::ByteView;

/// ChaCha20-Poly1305 under one key with a counting nonce (Noise specification, section 5.1). After any error
/// it is dead: the key is wiped and every later call returns kNoiseDead. One object belongs to one thread at
/// a time.
class CipherState {
 public:
  /// Continues at nonce `next`; a fresh key starts at 0.
  explicit CipherState(Key32 key, std::uint64_t next = 0) noexcept;
  /// The moved-from object is dead.
  CipherState(CipherState&& other) noexcept;
  CipherState& operator=(CipherState&& other) noexcept;
  ~CipherState() = default;

  /// EncryptWithAd into `out` of plaintext.size() + 16 bytes, which may begin where `plaintext` does.
  /// Errors: kWrongSize, kNonceExhausted before nonce 2^64-1 would be used, kNoiseDead.
  [[nodiscard]] proto::Status encrypt(ByteView ad, ByteView plaintext, std::span<std::byte> out);

  /// DecryptWithAd into `out` of ciphertext.size() - 16 bytes, which may begin where `ciphertext` does.
  /// Errors as above, and kAuthentication.
  [[nodiscard]] proto::Status decrypt(ByteView ad, ByteView ciphertext, std::span<std::byte> out);

  /// Rekey (section 4.2): a one-way step of the key; the nonce goes on counting. Error kNoiseDead.
  [[nodiscard]] proto::Status rekey();

  /// The nonce that the next message will use: how many this key and its predecessors have served.
  [[nodiscard]] std::uint64_t next_nonce() const noexcept { return next_; }

 private:
  using Operation = proto::Status (*)(AeadKey, ByteView, ByteView, ByteView, std::span<std::byte>);
  [[nodiscard]] proto::Status run(Operation operation, ByteView ad, ByteView in, std::span<std::byte> out);
  proto::Error die(proto::Error error) noexcept;

  Key32 key_;
  std::uint64_t next_;
  bool dead_ = false;
};

}  // namespace comity::crypto::noise
