// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/key_id.h"

#include <algorithm>

#include <sodium.h>

#include "comity/v1/identity.pb.h"

#include "crypto/keydoc/published_keys.h"
#include "crypto/sha256.h"

namespace comity::crypto {
namespace {

constexpr std::byte kTopBit{0x80};

// Whether a number of 255 bits, least significant byte first, is less than p = 2^255 - 19. Both algorithms
// take greater ones for the number less p, which would give one key a second id.
bool is_reduced(std::array<std::byte, 32> number) {
  number.back() &= ~kTopBit;
  const auto middle = std::span(number).subspan<1, 30>();
  return number.back() != std::byte{0x7f} || number.front() < std::byte{0xed} ||
         std::ranges::any_of(middle, [](std::byte b) { return b != std::byte{0xff}; });
}

proto::Error refused(const char* what) {
  return {proto::Code::kLowOrderPoint, what};
}

proto::Status refuse_published(proto::ByteView key) {
  if (is_published(key))
    return proto::Error{proto::Code::kKeyDocRule, "a key whose private half is published"};
  return {};
}

// A private key as good as any other: only whether the secret is zero matters.
const X25519KeyPair& probe() {
  static const X25519KeyPair pair = X25519KeyPair::from_private(tagged_hash("key-probe", {}).view()).value();
  return pair;
}

}  // namespace

proto::KeyId key_id(std::uint8_t algorithm, proto::ByteView public_key) {
  const auto number = static_cast<std::byte>(algorithm);
  const Sha256Digest digest = tagged_hash("key", {{&number, 1}, public_key});
  return proto::KeyId::from(digest.view().first(proto::KeyId::kSize)).value();
}

proto::KeyId key_id(const Ed25519PublicKey& key) {
  return key_id(v1::ALG_ED25519, key.view());
}

proto::KeyId key_id(const X25519PublicKey& key) {
  return key_id(v1::ALG_X25519, key.view());
}

proto::Status check_public_key(const Ed25519PublicKey& key) {
  if (!is_reduced(key.bytes())) return refused("an Ed25519 key in a second spelling");
  init_sodium();
  // The conversion is the one documented call of libsodium that looks at a key alone: it fails for points
  // that are not on the curve, of low order, or outside the main subgroup. Its result is not used.
  X25519PublicKey converted;
  if (crypto_sign_ed25519_pk_to_curve25519(proto::as_uchar(converted.writable()),
                                           proto::as_uchar(key.view())) != 0) {
    return refused("an Ed25519 key");
  }
  return refuse_published(key.view());
}

proto::Status check_public_key(const X25519PublicKey& key) {
  // RFC 7748 ignores the top bit.
  if ((key.bytes().back() & kTopBit) != std::byte{0} || !is_reduced(key.bytes()))
    return refused("an X25519 key in a second spelling");
  if (!probe().shared_secret(key).ok()) return refused("an X25519 key");
  return refuse_published(key.view());
}

}  // namespace comity::crypto
