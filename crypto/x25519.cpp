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
  X25519KeyPair pair;
  pair.lasting_ = Secret::random(kScalarBytes, random);
  pair.find_public_key();
  return pair;
}

X25519KeyPair X25519KeyPair::ephemeral(Random& random) {
  X25519KeyPair pair;
  random.fill(pair.brief_.emplace().writable());
  pair.find_public_key();
  return pair;
}

proto::Result<X25519KeyPair> X25519KeyPair::from_private(proto::ByteView private_key) {
  if (private_key.size() != kScalarBytes) {
    return proto::Error{proto::Code::kWrongSize, fmt::format("an X25519 key of {} bytes where {} belong",
                                                             private_key.size(), kScalarBytes)};
  }
  X25519KeyPair pair;
  pair.lasting_ = Secret::copy_of(private_key);
  pair.find_public_key();
  return pair;
}

void X25519KeyPair::find_public_key() {
  init_sodium();
  if (crypto_scalarmult_curve25519_base(proto::as_uchar(public_key_.writable()),
                                        proto::as_uchar(private_key())) != 0) {
    throw std::runtime_error("libsodium made no X25519 key pair");
  }
}

std::span<const std::byte, 32> X25519KeyPair::private_key() const {
  if (brief_) return brief_->view();
  if (lasting_.empty()) throw std::logic_error("a private key that was moved away");
  return lasting_.view().first<kScalarBytes>();
}

X25519KeyPair X25519KeyPair::clone() const {
  X25519KeyPair copy;
  copy.public_key_ = public_key_;
  std::ranges::copy(private_key(), copy.brief_.emplace().writable().begin());
  return copy;
}

proto::Result<Key32> X25519KeyPair::shared_secret(const X25519PublicKey& theirs) const {
  Key32 secret;
  if (crypto_scalarmult_curve25519(proto::as_uchar(secret.writable()), proto::as_uchar(private_key()),
                                   proto::as_uchar(theirs.view())) != 0) {
    return proto::Error{proto::Code::kLowOrderPoint, {}};
  }
  return secret;
}

}  // namespace comity::crypto
