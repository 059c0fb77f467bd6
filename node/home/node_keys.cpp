// SPDX-License-Identifier: EUPL-1.2
#include "node/home/node_keys.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <type_traits>

#include <fmt/format.h>

namespace comity::home {
namespace {

using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::byte kNodeKind{1};
constexpr std::byte kRootKind{2};
constexpr std::byte kChangingKind{3};  // a node's keys, and others besides
constexpr std::size_t kNodeKeyCount = 5;
constexpr std::size_t kCounts = 3;
constexpr std::size_t kKeyBytes = 32;

template <std::size_t Count>
crypto::Secret join(std::byte kind, const std::array<ByteView, Count>& keys) {
  crypto::Secret payload(1 + Count * kKeyBytes);
  payload.writable()[0] = kind;
  for (std::size_t i = 0; i < Count; ++i) {
    std::ranges::copy(keys[i], payload.writable().subspan(1 + i * kKeyBytes).begin());
  }
  return payload;
}

template <class Pair>
std::vector<ByteView> put_seeds(const std::vector<Pair>& pairs, std::vector<crypto::Secret>& seeds) {
  std::vector<ByteView> out;
  for (const Pair& pair : pairs) {
    if constexpr (std::is_same_v<Pair, crypto::Ed25519KeyPair>) {
      out.push_back(seeds.emplace_back(pair.seed()).view());
    } else {
      out.push_back(pair.private_key());
    }
  }
  return out;
}

/// Swaps the pair that `listed` names with the latest beginning into `used`; of two with one beginning, the
/// one that stands first.
template <class Pair, class PublicKey>
bool use_newest(Pair& used, std::vector<Pair>& more, const std::vector<crypto::TimedKey<PublicKey>>& listed) {
  const auto rank = [&](const Pair& pair) -> std::optional<std::pair<crypto::Moment, std::ptrdiff_t>> {
    const auto at = std::ranges::find(listed, pair.public_key(), &crypto::TimedKey<PublicKey>::key);
    if (at == listed.end()) return std::nullopt;
    return std::pair(at->not_before, listed.end() - at);
  };
  auto best = rank(used);
  for (Pair& pair : more) {
    const auto other = rank(pair);
    if (!other || (best && *best >= *other)) continue;
    best = other;
    std::swap(used, pair);
  }
  return best.has_value();
}

proto::Status check(ByteView payload, std::byte kind, std::size_t count) {
  if (payload.size() == 1 + count * kKeyBytes && payload[0] == kind) return {};
  return Error{Code::kKeyUnusable, "it holds keys of another kind"};
}

ByteView key_at(ByteView payload, std::size_t index) {
  return payload.subspan(1 + index * kKeyBytes, kKeyBytes);
}

}  // namespace

NodeKeys NodeKeys::generate(crypto::Random& random) {
  crypto::Key32 storage;
  random.fill(storage.writable());
  return {crypto::Ed25519KeyPair::generate(random), crypto::X25519KeyPair::generate(random),
          crypto::Ed25519KeyPair::generate(random), crypto::X25519KeyPair::generate(random),
          std::move(storage)};
}

RootKeys RootKeys::generate(crypto::Random& random) {
  return {crypto::Ed25519KeyPair::generate(random), crypto::Ed25519KeyPair::generate(random)};
}

crypto::Ed25519KeyPair copy_of(const crypto::Ed25519KeyPair& pair) {
  return crypto::Ed25519KeyPair::from_seed(pair.seed().view()).value();
}

NodeKeys copy_of(const NodeKeys& keys) {
  // Not clone(): these last.
  const auto lasting = [](const crypto::X25519KeyPair& pair) {
    return crypto::X25519KeyPair::from_private(pair.private_key()).value();
  };
  NodeKeys out{copy_of(keys.signing), lasting(keys.transport), copy_of(keys.witness),
               lasting(keys.encryption), keys.storage.clone()};
  for (const auto& pair : keys.more_signing)
    out.more_signing.push_back(copy_of(pair));
  for (const auto& pair : keys.more_transport)
    out.more_transport.push_back(lasting(pair));
  for (const auto& pair : keys.more_witness)
    out.more_witness.push_back(copy_of(pair));
  return out;
}

bool settle(NodeKeys& keys, const crypto::KeyChain& chain) {
  const crypto::KeyDoc& doc = chain.current();
  const bool signing = use_newest(keys.signing, keys.more_signing, doc.node_sign);
  const bool transport = use_newest(keys.transport, keys.more_transport, doc.transport);
  // A node whose witness key was revoked goes on without one.
  (void)use_newest(keys.witness, keys.more_witness, doc.witness);
  keys.more_signing.clear();
  keys.more_witness.clear();
  std::erase_if(keys.more_transport, [&](const crypto::X25519KeyPair& pair) {
    for (std::uint32_t version = chain.version(); version >= 1; --version) {
      const auto& listed = chain.at(version)->transport;
      if (std::ranges::find(listed, pair.public_key(), &crypto::TransportKey::key) != listed.end())
        return false;
    }
    return true;
  });
  return signing && transport;
}

crypto::Secret encode_keys(const NodeKeys& keys) {
  const crypto::Secret signing = keys.signing.seed();
  const crypto::Secret witness = keys.witness.seed();
  const std::array<ByteView, kNodeKeyCount> used{signing.view(), keys.transport.private_key(), witness.view(),
                                                 keys.encryption.private_key(), keys.storage.view()};
  const std::array<std::size_t, kCounts> counts{keys.more_signing.size(), keys.more_transport.size(),
                                                keys.more_witness.size()};
  if (counts == std::array<std::size_t, kCounts>{}) return join<kNodeKeyCount>(kNodeKind, used);
  std::vector<crypto::Secret> seeds;
  seeds.reserve(2 * kMostMore);
  std::vector<ByteView> all(used.begin(), used.end());
  for (const auto& more : {put_seeds(keys.more_signing, seeds), put_seeds(keys.more_transport, seeds),
                           put_seeds(keys.more_witness, seeds)}) {
    if (more.size() > kMostMore) throw std::logic_error("more keys than a file holds");
    all.insert(all.end(), more.begin(), more.end());
  }
  crypto::Secret payload(1 + kCounts + all.size() * kKeyBytes);
  payload.writable()[0] = kChangingKind;
  for (std::size_t i = 0; i < kCounts; ++i)
    payload.writable()[1 + i] = static_cast<std::byte>(counts[i]);
  for (std::size_t i = 0; i < all.size(); ++i)
    std::ranges::copy(all[i], payload.writable().subspan(1 + kCounts + i * kKeyBytes).begin());
  return payload;
}

crypto::Secret encode_keys(const RootKeys& keys) {
  const crypto::Secret current = keys.current.seed();
  const crypto::Secret next = keys.next.seed();
  return join<2>(kRootKind, {current.view(), next.view()});
}

Result<NodeKeys> decode_node_keys(ByteView payload) {
  std::array<std::size_t, kCounts> counts{};
  const bool changing = payload.size() > kCounts && payload[0] == kChangingKind;
  if (changing) {
    for (std::size_t i = 0; i < kCounts; ++i) {
      counts[i] = std::to_integer<std::size_t>(payload[1 + i]);
      if (counts[i] > kMostMore) return Error{Code::kKeyUnusable, "it holds more keys than there can be"};
    }
    // From here on both kinds look alike.
    payload = payload.subspan(kCounts);
  }
  const std::size_t all = kNodeKeyCount + counts[0] + counts[1] + counts[2];
  if (payload.size() != 1 + all * kKeyBytes || (!changing && payload[0] != kNodeKind)) {
    return Error{Code::kKeyUnusable, "it holds keys of another kind"};
  }
  COMITY_TRY(auto signing, crypto::Ed25519KeyPair::from_seed(key_at(payload, 0)));
  COMITY_TRY(auto transport, crypto::X25519KeyPair::from_private(key_at(payload, 1)));
  COMITY_TRY(auto witness, crypto::Ed25519KeyPair::from_seed(key_at(payload, 2)));
  COMITY_TRY(auto encryption, crypto::X25519KeyPair::from_private(key_at(payload, 3)));
  crypto::Key32 storage;
  std::ranges::copy(key_at(payload, 4), storage.writable().begin());
  NodeKeys keys{std::move(signing), std::move(transport), std::move(witness), std::move(encryption),
                std::move(storage)};
  std::size_t at = kNodeKeyCount;
  for (; keys.more_signing.size() < counts[0]; ++at) {
    COMITY_TRY(auto pair, crypto::Ed25519KeyPair::from_seed(key_at(payload, at)));
    keys.more_signing.push_back(std::move(pair));
  }
  for (; keys.more_transport.size() < counts[1]; ++at) {
    COMITY_TRY(auto pair, crypto::X25519KeyPair::from_private(key_at(payload, at)));
    keys.more_transport.push_back(std::move(pair));
  }
  for (; keys.more_witness.size() < counts[2]; ++at) {
    COMITY_TRY(auto pair, crypto::Ed25519KeyPair::from_seed(key_at(payload, at)));
    keys.more_witness.push_back(std::move(pair));
  }
  return keys;
}

Result<RootKeys> decode_root_keys(ByteView payload) {
  COMITY_CHECK(check(payload, kRootKind, 2));
  COMITY_TRY(auto current, crypto::Ed25519KeyPair::from_seed(key_at(payload, 0)));
  COMITY_TRY(auto next, crypto::Ed25519KeyPair::from_seed(key_at(payload, 1)));
  return RootKeys{std::move(current), std::move(next)};
}

}  // namespace comity::home
