// SPDX-License-Identifier: EUPL-1.2
#include "crypto/ed25519.h"

#include <stdexcept>

#include <fmt/format.h>
#include <sodium.h>

#include "crypto/random.h"

namespace comity::crypto {
namespace {

constexpr std::size_t kSeedBytes = crypto_sign_ed25519_SEEDBYTES;

}  // namespace

Ed25519KeyPair Ed25519KeyPair::generate(Random& random) {
  SecretArray<kSeedBytes> seed;
  random.fill(seed.writable());
  return from_seed(seed.view()).value();
}

proto::Result<Ed25519KeyPair> Ed25519KeyPair::from_seed(proto::ByteView seed) {
  if (seed.size() != kSeedBytes) {
    return proto::Error{proto::Code::kWrongSize,
                        fmt::format("an Ed25519 seed of {} bytes where {} belong", seed.size(), kSeedBytes)};
  }
  Ed25519KeyPair pair;
  pair.secret_key_ = Secret(crypto_sign_ed25519_SECRETKEYBYTES);
  if (crypto_sign_ed25519_seed_keypair(proto::as_uchar(pair.public_key_.writable()),
                                       proto::as_uchar(pair.secret_key_.writable()),
                                       proto::as_uchar(seed)) != 0) {
    throw std::runtime_error("libsodium made no Ed25519 key pair");
  }
  return pair;
}

Ed25519Signature Ed25519KeyPair::sign(proto::ByteView message) const {
  // libsodium would read a moved-from pair's key at address zero.
  if (secret_key_.empty()) throw std::logic_error("signing with a key pair that was moved away");
  Ed25519Signature signature;
  if (crypto_sign_ed25519_detached(proto::as_uchar(signature.writable()), nullptr, proto::as_uchar(message),
                                   message.size(), proto::as_uchar(secret_key_.view())) != 0) {
    throw std::runtime_error("libsodium made no Ed25519 signature");
  }
  return signature;
}

Secret Ed25519KeyPair::seed() const {
  return Secret::copy_of(secret_key_.view().first(kSeedBytes));
}

bool ed25519_verify(const Ed25519PublicKey& key, proto::ByteView message,
                    const Ed25519Signature& signature) noexcept {
  return crypto_sign_ed25519_verify_detached(proto::as_uchar(signature.view()), proto::as_uchar(message),
                                             message.size(), proto::as_uchar(key.view())) == 0;
}

}  // namespace comity::crypto
