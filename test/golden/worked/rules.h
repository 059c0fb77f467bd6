// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <stdexcept>

#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/hkdf.h"
#include "crypto/sha256.h"
#include "crypto/x25519.h"
#include "proto/bytes.h"

/// The rules of docs/protocol, written down once more from primitives alone: what the worked examples are
/// computed by, so that the program and its description check each other.
namespace comity::test::worked {

using proto::as_bytes;
using proto::Bytes;
using proto::ByteView;
using proto::concat;
using proto::to_bytes;

/// A key or seed of the examples: 32 times the same byte.
[[nodiscard]] inline Bytes same(std::uint8_t byte, std::size_t size = 32) {
  return Bytes(size, std::byte{byte});
}

template <class Id>
[[nodiscard]] Id id_from(ByteView bytes) {
  return Id::from(bytes).value();
}

[[nodiscard]] inline Bytes sha(std::initializer_list<ByteView> parts) {
  return to_bytes(crypto::sha256(parts).view());
}

/// "comity.v1." thing NUL.
[[nodiscard]] inline Bytes context(std::string_view thing) {
  return concat({as_bytes("comity.v1."), as_bytes(thing), same(0, 1)});
}

[[nodiscard]] inline Bytes hash(std::string_view thing, ByteView bytes) {
  return sha({context(thing), bytes});
}

[[nodiscard]] inline Bytes hmac(ByteView key, ByteView message) {
  crypto::Key32 out;
  crypto::hmac_sha256(key, {message}, out.writable());
  return to_bytes(out.view());
}

/// HKDF-Expand of RFC 5869.
[[nodiscard]] inline Bytes expand(ByteView key, ByteView info, std::size_t size) {
  Bytes out;
  Bytes block;
  for (std::uint8_t count = 1; out.size() < size; ++count) {
    block = hmac(key, concat({block, info, same(count, 1)}));
    proto::append(out, block);
  }
  out.resize(size);
  return out;
}

[[nodiscard]] inline Bytes chacha_nonce(std::uint64_t counter) {
  Bytes nonce(12);
  for (std::size_t i = 0; i < 8; ++i)
    nonce[4 + i] = static_cast<std::byte>(counter >> (8 * i));
  return nonce;
}

[[nodiscard]] inline Bytes seal(ByteView key, ByteView nonce, ByteView ad, ByteView plain) {
  Bytes out(plain.size() + crypto::kAeadTagBytes);
  if (!crypto::chacha20poly1305_seal(key.first<32>(), nonce, ad, plain, out).ok())
    throw std::logic_error("sizes of a seal");
  return out;
}

[[nodiscard]] inline Bytes xseal(ByteView key, ByteView nonce, ByteView ad, ByteView plain) {
  Bytes out(plain.size() + crypto::kAeadTagBytes);
  if (!crypto::xchacha20poly1305_seal(key.first<32>(), nonce, ad, plain, out).ok())
    throw std::logic_error("sizes of a seal");
  return out;
}

[[nodiscard]] inline Bytes x_public(ByteView private_key) {
  return to_bytes(crypto::X25519KeyPair::from_private(private_key).value().public_key().view());
}

[[nodiscard]] inline Bytes dh(ByteView private_key, ByteView public_key) {
  const auto pair = crypto::X25519KeyPair::from_private(private_key).value();
  const auto secret = pair.shared_secret(id_from<crypto::X25519PublicKey>(public_key));
  return to_bytes(secret.value().view());
}

[[nodiscard]] inline Bytes ed_public(ByteView seed) {
  return to_bytes(crypto::Ed25519KeyPair::from_seed(seed).value().public_key().view());
}

/// Ed25519 over context and bytes.
[[nodiscard]] inline Bytes sign(ByteView seed, std::string_view thing, ByteView bytes) {
  const auto pair = crypto::Ed25519KeyPair::from_seed(seed).value();
  return to_bytes(pair.sign(concat({context(thing), bytes})).view());
}

/// The id of an Ed25519 (1) or X25519 (2) key.
[[nodiscard]] inline Bytes key_id(std::uint8_t algorithm, ByteView public_key) {
  Bytes id = hash("key", concat({same(algorithm, 1), public_key}));
  id.resize(16);
  return id;
}

/// Noise's HKDF with `count` outputs of 32 bytes each.
[[nodiscard]] inline std::vector<Bytes> noise_hkdf(ByteView chaining_key, ByteView input, std::size_t count) {
  const Bytes all = expand(hmac(chaining_key, input), {}, 32 * count);
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(to_bytes(ByteView(all).subspan(32 * i, 32)));
  return out;
}

}  // namespace comity::test::worked
