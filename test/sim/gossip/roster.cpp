// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/gossip/roster.h"

#include <algorithm>

#include "crypto/sha256.h"
#include "test/sim/random.h"

namespace comity::sim::gossip {
namespace {

constexpr std::uint16_t kPort = 7400;
constexpr std::size_t kLeastText = 20;
constexpr std::size_t kMostText = 1200;

}  // namespace

Roster::Roster(std::uint64_t seed, std::size_t size) : seed_(seed) {
  Random random(seed, "roster");
  for (std::size_t i = 0; i < size; ++i)
    keys_.push_back(crypto::X25519KeyPair::generate(random));
}

runtime::Endpoint Roster::endpoint(std::size_t member) {
  return runtime::Endpoint::make(name(member), kPort).value();
}

std::optional<std::size_t> Roster::member_with(const crypto::X25519PublicKey& key) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].public_key() == key) return i;
  }
  return std::nullopt;
}

crypto::Key32 Roster::secret_between(std::size_t one, std::size_t other) const {
  const auto digest = crypto::tagged_hash(
      "simulated-pair", {proto::to_be(seed_), proto::to_be(std::uint64_t{std::min(one, other)}),
                         proto::to_be(std::uint64_t{std::max(one, other)})});
  crypto::Key32 secret;
  std::copy(digest.bytes().begin(), digest.bytes().end(), secret.writable().begin());
  return secret;
}

proto::Bytes message_text(std::uint64_t seed, std::size_t author, std::uint32_t number) {
  Random random(seed, "message " + std::to_string(author) + "/" + std::to_string(number));
  proto::Bytes text(kLeastText + random.below(kMostText - kLeastText));
  random.fill(text);
  return text;
}

}  // namespace comity::sim::gossip
