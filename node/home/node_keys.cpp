// SPDX-License-Identifier: EUPL-1.2
#include "node/home/node_keys.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace comity::home {
namespace {

using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;

constexpr std::byte kNodeKind{1};
constexpr std::byte kRootKind{2};
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

crypto::Secret encode_keys(const NodeKeys& keys) {
  const crypto::Secret signing = keys.signing.seed();
  const crypto::Secret witness = keys.witness.seed();
  return join<5>(kNodeKind, {signing.view(), keys.transport.private_key(), witness.view(),
                             keys.encryption.private_key(), keys.storage.view()});
}

crypto::Secret encode_keys(const RootKeys& keys) {
  const crypto::Secret current = keys.current.seed();
  const crypto::Secret next = keys.next.seed();
  return join<2>(kRootKind, {current.view(), next.view()});
}

Result<NodeKeys> decode_node_keys(ByteView payload) {
  COMITY_CHECK(check(payload, kNodeKind, 5));
  COMITY_TRY(auto signing, crypto::Ed25519KeyPair::from_seed(key_at(payload, 0)));
  COMITY_TRY(auto transport, crypto::X25519KeyPair::from_private(key_at(payload, 1)));
  COMITY_TRY(auto witness, crypto::Ed25519KeyPair::from_seed(key_at(payload, 2)));
  COMITY_TRY(auto encryption, crypto::X25519KeyPair::from_private(key_at(payload, 3)));
  crypto::Key32 storage;
  std::ranges::copy(key_at(payload, 4), storage.writable().begin());
  return NodeKeys{std::move(signing), std::move(transport), std::move(witness), std::move(encryption),
                  std::move(storage)};
}

Result<RootKeys> decode_root_keys(ByteView payload) {
  COMITY_CHECK(check(payload, kRootKind, 2));
  COMITY_TRY(auto current, crypto::Ed25519KeyPair::from_seed(key_at(payload, 0)));
  COMITY_TRY(auto next, crypto::Ed25519KeyPair::from_seed(key_at(payload, 1)));
  return RootKeys{std::move(current), std::move(next)};
}

}  // namespace comity::home
