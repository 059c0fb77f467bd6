// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <vector>

#include "crypto/ed25519.h"
#include "crypto/keydoc/key_chain.h"
#include "crypto/random.h"
#include "crypto/x25519.h"

namespace comity::home {

/// The keys with which a node works. They live in one key file, so that they are replaced together.
struct NodeKeys {
  crypto::Ed25519KeyPair signing;    ///< entries, heads, encryption keys, invitations, agreements
  crypto::X25519KeyPair transport;   ///< static key of the Noise handshake
  crypto::Ed25519KeyPair witness;    ///< cosignatures and nothing else
  crypto::X25519KeyPair encryption;  ///< first of the 30-day keys that body keys are wrapped to
  crypto::Key32 storage;             ///< seals key epochs at rest

  /// Held besides, for the time in which a key document changes: those that it will name. Behind the first
  /// one in `more_transport` stand those that peers may still call who have not heard of the change.
  std::vector<crypto::Ed25519KeyPair> more_signing{};
  std::vector<crypto::X25519KeyPair> more_transport{};
  std::vector<crypto::Ed25519KeyPair> more_witness{};

  [[nodiscard]] static NodeKeys generate(crypto::Random& random);
};

/// The agency's root keys: today's, and the one to which its key documents have committed.
struct RootKeys {
  crypto::Ed25519KeyPair current;
  crypto::Ed25519KeyPair next;

  [[nodiscard]] static RootKeys generate(crypto::Random& random);
};

[[nodiscard]] crypto::Ed25519KeyPair copy_of(const crypto::Ed25519KeyPair& pair);
[[nodiscard]] NodeKeys copy_of(const NodeKeys& keys);

/// Most keys of one purpose that a file holds besides those in use.
inline constexpr std::size_t kMostMore = 3;

/// Puts the newest keys that the chain's newest document names in the places of those in use, whatever a
/// change that was cut off has left, and forgets private keys that sign no more. Transport keys of earlier
/// documents stay: peers may still call them. False when the document names no signing or no transport key
/// that is held.
[[nodiscard]] bool settle(NodeKeys& keys, const crypto::KeyChain& chain);

/// The payload of the key file: a byte that tells which kind of file it is, then 32 bytes for each key in the
/// order above. Where keys are held besides, their three counts stand before them, a byte each.
[[nodiscard]] crypto::Secret encode_keys(const NodeKeys& keys);
[[nodiscard]] crypto::Secret encode_keys(const RootKeys& keys);

/// Error kKeyUnusable for a payload of another kind or size.
[[nodiscard]] proto::Result<NodeKeys> decode_node_keys(proto::ByteView payload);
[[nodiscard]] proto::Result<RootKeys> decode_root_keys(proto::ByteView payload);

}  // namespace comity::home
