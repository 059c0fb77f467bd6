// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "crypto/ed25519.h"
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

  [[nodiscard]] static NodeKeys generate(crypto::Random& random);
};

/// The agency's root keys: today's, and the one to which its key documents have committed.
struct RootKeys {
  crypto::Ed25519KeyPair current;
  crypto::Ed25519KeyPair next;

  [[nodiscard]] static RootKeys generate(crypto::Random& random);
};

/// The payload of the key file: a byte that tells which kind of file it is, then 32 bytes for each key in the
/// order above.
[[nodiscard]] crypto::Secret encode_keys(const NodeKeys& keys);
[[nodiscard]] crypto::Secret encode_keys(const RootKeys& keys);

/// Error kKeyUnusable for a payload of another kind or size.
[[nodiscard]] proto::Result<NodeKeys> decode_node_keys(proto::ByteView payload);
[[nodiscard]] proto::Result<RootKeys> decode_root_keys(proto::ByteView payload);

}  // namespace comity::home
