// SPDX-License-Identifier: EUPL-1.2
#include "crypto/noise/cipher_state.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace comity::crypto::noise {
namespace {

constexpr std::uint64_t kRekeyNonce = std::numeric_limits<std::uint64_t>::max();

// Section 12.3: four zero bytes, then the counter, least significant byte first.
std::array<std::byte, kChaChaNonceBytes> nonce_bytes(std::uint64_t counter) noexcept {
  std::array<std::byte, kChaChaNonceBytes> nonce{};
  for (std::size_t i = 0; i < sizeof(counter); ++i)
    nonce[4 + i] = static_cast<std::byte>(counter >> (8 * i));
  return nonce;
}

}  // namespace

CipherState::CipherState(Key32 key, std::uint64_t next) noexcept : key_(std::move(key)), next_(next) {}

CipherState::CipherState(CipherState&& other) noexcept
    : key_(std::move(other.key_)), next_(other.next_), dead_(std::exchange(other.dead_, true)) {}

CipherState& CipherState::operator=(CipherState&& other) noexcept {
  if (this != &other) {
    key_ = std::move(other.key_);
    next_ = other.next_;
    dead_ = std::exchange(other.dead_, true);
  }
  return *this;
}

proto::Status CipherState::encrypt(ByteView ad, ByteView plaintext, std::span<std::byte> out) {
  return run(chacha20poly1305_seal, ad, plaintext, out);
}

proto::Status CipherState::decrypt(ByteView ad, ByteView ciphertext, std::span<std::byte> out) {
  return run(chacha20poly1305_open, ad, ciphertext, out);
}

proto::Status CipherState::run(Operation operation, ByteView ad, ByteView in, std::span<std::byte> out) {
  if (dead_) return proto::Error{proto::Code::kNoiseDead};
  if (next_ == kRekeyNonce) return die(proto::Error{proto::Code::kNonceExhausted});
  if (proto::Status done = operation(key_.view(), nonce_bytes(next_), ad, in, out); !done.ok()) {
    return die(done.error());
  }
  ++next_;
  return {};
}

proto::Status CipherState::rekey() {
  if (dead_) return proto::Error{proto::Code::kNoiseDead};
  const std::array<std::byte, 32> zeros{};
  SecretArray<32 + kAeadTagBytes> sealed;
  if (proto::Status done =
          chacha20poly1305_seal(key_.view(), nonce_bytes(kRekeyNonce), {}, zeros, sealed.writable());
      !done.ok()) {
    return die(done.error());
  }
  std::ranges::copy(sealed.view().first<32>(), key_.writable().begin());
  return {};
}

proto::Error CipherState::die(proto::Error error) noexcept {
  wipe(key_.writable());
  dead_ = true;
  return error;
}

}  // namespace comity::crypto::noise
