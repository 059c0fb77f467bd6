// SPDX-License-Identifier: EUPL-1.2
#include "crypto/hpke.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>

#include "crypto/hkdf.h"
#include "crypto/random.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::Code;
using proto::Error;

constexpr std::size_t kLeastPskBytes = 32;

// RFC 9180 section 4: every label carries the version and the suite it belongs to.
constexpr std::string_view kVersion = "HPKE-v1";
constexpr std::string_view kKemSuite{"KEM\x00\x20", 5};
constexpr std::string_view kHpkeSuite{"HPKE\x00\x20\x00\x01\x00\x03", 10};

constexpr std::byte kModeBase{0};
constexpr std::byte kModePsk{1};

Key32 labeled_extract(std::string_view suite, ByteView salt, std::string_view label, ByteView ikm) {
  return hkdf_extract(salt, {as_bytes(kVersion), as_bytes(suite), as_bytes(label), ikm});
}

proto::Status labeled_expand(std::string_view suite, const Key32& prk, std::string_view label, ByteView info,
                             std::span<std::byte> out) {
  return hkdf_expand(prk.view(),
                     {proto::to_be(static_cast<std::uint16_t>(out.size())), as_bytes(kVersion),
                      as_bytes(suite), as_bytes(label), info},
                     out);
}

// For lengths that HKDF always gives.
void expand_or_throw(std::string_view suite, const Key32& prk, std::string_view label, ByteView info,
                     std::span<std::byte> out) {
  if (!labeled_expand(suite, prk, label, info, out).ok()) {
    throw std::logic_error("HKDF refused a short output");
  }
}

Key32 extract_and_expand(const Key32& dh, const X25519PublicKey& encapsulated,
                         const X25519PublicKey& receiver) {
  const Key32 prk = labeled_extract(kKemSuite, {}, "eae_prk", dh.view());
  Key32 shared;
  expand_or_throw(kKemSuite, prk, "shared_secret", proto::concat({encapsulated.view(), receiver.view()}),
                  shared.writable());
  return shared;
}

}  // namespace

namespace hpke {

proto::Result<Key32> encapsulate(const X25519KeyPair& ephemeral, const X25519PublicKey& receiver) {
  COMITY_TRY(const Key32 dh, ephemeral.shared_secret(receiver));
  return extract_and_expand(dh, ephemeral.public_key(), receiver);
}

proto::Result<Key32> decapsulate(const X25519PublicKey& encapsulated, const X25519KeyPair& receiver) {
  COMITY_TRY(const Key32 dh, receiver.shared_secret(encapsulated));
  return extract_and_expand(dh, encapsulated, receiver.public_key());
}

proto::Result<HpkeKeys> key_schedule(const Key32& shared_secret, ByteView info,
                                     const std::optional<HpkePsk>& psk) {
  if (psk && (psk->id.empty() || psk->key.size() < kLeastPskBytes)) return Error{Code::kBadPsk, {}};
  const ByteView psk_key = psk ? psk->key : ByteView();
  const ByteView psk_id = psk ? psk->id : ByteView();
  const std::byte mode = psk ? kModePsk : kModeBase;
  const Key32 psk_id_hash = labeled_extract(kHpkeSuite, {}, "psk_id_hash", psk_id);
  const Key32 info_hash = labeled_extract(kHpkeSuite, {}, "info_hash", info);
  const proto::Bytes context = proto::concat({{&mode, 1}, psk_id_hash.view(), info_hash.view()});
  const Key32 secret = labeled_extract(kHpkeSuite, shared_secret.view(), "secret", psk_key);
  HpkeKeys keys;
  expand_or_throw(kHpkeSuite, secret, "key", context, keys.key.writable());
  expand_or_throw(kHpkeSuite, secret, "base_nonce", context, keys.base_nonce.writable());
  expand_or_throw(kHpkeSuite, secret, "exp", context, keys.exporter_secret.writable());
  return keys;
}

}  // namespace hpke

proto::Result<SecretArray<kChaChaNonceBytes>> HpkeContext::next_nonce() const {
  if (!keys_) return Error{Code::kNoiseDead, {}};
  // The last number is never used, so that the sequence cannot run over.
  if (sequence_ == std::numeric_limits<std::uint64_t>::max()) return Error{Code::kNonceExhausted, {}};
  SecretArray<kChaChaNonceBytes> nonce = keys_->base_nonce.clone();
  const auto counter = proto::to_be(sequence_);
  const std::span<std::byte> low = nonce.writable().last<sizeof(sequence_)>();
  std::ranges::transform(low, counter, low.begin(), std::bit_xor<>());
  return nonce;
}

proto::Status HpkeContext::seal(ByteView ad, ByteView plaintext, std::span<std::byte> out) {
  COMITY_TRY(const auto nonce, next_nonce());
  COMITY_CHECK(chacha20poly1305_seal(keys_->key.view(), nonce.view(), ad, plaintext, out));
  ++sequence_;
  return {};
}

proto::Status HpkeContext::open(ByteView ad, ByteView ciphertext, std::span<std::byte> out) {
  COMITY_TRY(const auto nonce, next_nonce());
  COMITY_CHECK(chacha20poly1305_open(keys_->key.view(), nonce.view(), ad, ciphertext, out));
  ++sequence_;
  return {};
}

proto::Status HpkeContext::export_secret(ByteView exporter_context, std::span<std::byte> out) const {
  if (!keys_) return Error{Code::kNoiseDead, {}};
  return labeled_expand(kHpkeSuite, keys_->exporter_secret, "sec", exporter_context, out);
}

proto::Result<HpkeSender> hpke_sender(const X25519PublicKey& receiver, ByteView info,
                                      const std::optional<HpkePsk>& psk, Random& random) {
  const X25519KeyPair ephemeral = X25519KeyPair::ephemeral(random);
  COMITY_TRY(const Key32 shared, hpke::encapsulate(ephemeral, receiver));
  COMITY_TRY(HpkeKeys keys, hpke::key_schedule(shared, info, psk));
  return HpkeSender{ephemeral.public_key(), HpkeContext(std::move(keys))};
}

proto::Result<HpkeContext> hpke_receiver(const X25519PublicKey& encapsulated, const X25519KeyPair& receiver,
                                         ByteView info, const std::optional<HpkePsk>& psk) {
  COMITY_TRY(const Key32 shared, hpke::decapsulate(encapsulated, receiver));
  COMITY_TRY(HpkeKeys keys, hpke::key_schedule(shared, info, psk));
  return HpkeContext(std::move(keys));
}

X25519KeyPair hpke_derive_key_pair(ByteView input_key_material) {
  const Key32 prk = labeled_extract(kKemSuite, {}, "dkp_prk", input_key_material);
  Key32 private_key;
  expand_or_throw(kKemSuite, prk, "sk", {}, private_key.writable());
  return X25519KeyPair::from_private(private_key.view()).value();
}

}  // namespace comity::crypto
