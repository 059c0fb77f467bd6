// SPDX-License-Identifier: EUPL-1.2
#include "crypto/x25519.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <sodium.h>

#include "crypto/random.h"

namespace comity::crypto {
namespace {

constexpr std::size_t kScalarBytes = crypto_scalarmult_curve25519_SCALARBYTES;

}  // namespace

X25519KeyPair X25519KeyPair::generate(Random& random) {
  Key32 scalar;
  random.fill(scalar.writable());
  return from_private(scalar.view()).value();
}

proto::Result<X25519KeyPair> X25519KeyPair::from_private(proto::ByteView private_key) {
  if (private_key.size() != kScalarBytes) {
    return proto::Error{proto::Code::kWrongSize, fmt::format("an X25519 key of {} bytes where {} belong",
                                                             private_key.size(), kScalarBytes)};
  }
  init_sodium();
  X25519KeyPair pair;
  std::ranges::copy(private_key, pair.private_key_.writable().begin());
  if (crypto_scalarmult_curve25519_base(proto::as_uchar(pair.public_key_.writable()),
                                        proto::as_uchar(private_key)) != 0) {
    throw std::runtime_error("libsodium made no X25519 key pair");
  }
  return pair;
}

X25519KeyPair X25519KeyPair::clone() const {
  X25519KeyPair copy;
  copy.public_key_ = public_key_;
  copy.private_key_ = private_key_.clone();
  return copy;
}

proto::Result<Key32> X25519KeyPair::shared_secret(const X25519PublicKey& theirs) const {
  Key32 secret;
  if (crypto_scalarmult_curve25519(proto::as_uchar(secret.writable()), proto::as_uchar(private_key_.view()),
                                   proto::as_uchar(theirs.view())) != 0) {
    return proto::Error{proto::Code::kLowOrderPoint, {}};
  }
  return secret;
}

}  // namespace comity::crypto
