// SPDX-License-Identifier: EUPL-1.2
#include "crypto/noise/symmetric_state.h"

#include <algorithm>
#include <stdexcept>

#include "crypto/hkdf.h"

namespace comity::crypto::noise {
namespace {

// Noise's HKDF (section 4.3) is that of RFC 5869 with the chaining key as salt and no info.
template <std::size_t Outputs>
std::array<Key32, Outputs> derive(const Key32& chaining_key, ByteView input_key_material) {
  const Key32 pseudorandom_key = hkdf_extract(chaining_key.view(), {input_key_material});
  SecretArray<32 * Outputs> all;
  if (!hkdf_expand(pseudorandom_key.view(), {}, all.writable()).ok()) {
    throw std::logic_error("HKDF refused a short output");
  }
  std::array<Key32, Outputs> keys;
  for (std::size_t i = 0; i < Outputs; ++i) {
    std::ranges::copy(all.view().subspan(32 * i, 32), keys[i].writable().begin());
  }
  return keys;
}

}  // namespace

SymmetricState::SymmetricState(std::string_view protocol_name) {
  const ByteView name = proto::as_bytes(protocol_name);
  if (name.size() <= Sha256Digest::kSize) {
    std::ranges::copy(name, hash_.writable().begin());
  } else {
    hash_ = sha256(name);
  }
  std::ranges::copy(hash_.view(), chaining_key_.writable().begin());
}

void SymmetricState::mix_key(ByteView input_key_material) {
  auto [chaining_key, key] = derive<2>(chaining_key_, input_key_material);
  chaining_key_ = std::move(chaining_key);
  cipher_.emplace(std::move(key));
}

void SymmetricState::mix_hash(ByteView data) {
  hash_ = sha256({hash_.view(), data});
}

void SymmetricState::mix_key_and_hash(ByteView input_key_material) {
  auto [chaining_key, hash, key] = derive<3>(chaining_key_, input_key_material);
  chaining_key_ = std::move(chaining_key);
  mix_hash(hash.view());
  cipher_.emplace(std::move(key));
}

proto::Status SymmetricState::encrypt_and_hash(ByteView plaintext, std::span<std::byte> out) {
  if (cipher_) {
    COMITY_CHECK(cipher_->encrypt(hash_.view(), plaintext, out));
  } else {
    std::ranges::copy(plaintext, out.begin());
  }
  mix_hash(out);
  return {};
}

proto::Status SymmetricState::decrypt_and_hash(ByteView ciphertext, std::span<std::byte> out) {
  const Sha256Digest next = sha256({hash_.view(), ciphertext});
  if (cipher_) {
    COMITY_CHECK(cipher_->decrypt(hash_.view(), ciphertext, out));
  } else {
    std::ranges::copy(ciphertext, out.begin());
  }
  hash_ = next;
  return {};
}

std::pair<CipherState, CipherState> SymmetricState::split() const {
  auto [first, second] = derive<2>(chaining_key_, {});
  return {CipherState(std::move(first)), CipherState(std::move(second))};
}

}  // namespace comity::crypto::noise
