// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>

#include "node/federation/keys/node_signature.h"
#include "node/federation/tables.h"

namespace comity::federation {

using EncKey = crypto::TransportKey;  ///< an X25519 public key and its time

/// How far a clock may run behind that of a key's owner, who has just made it (DESIGN 5.7).
inline constexpr std::chrono::minutes kClockAllowance{5};

/// The encryption keys of an agency, decoded.
struct EncKeySet {
  using Message = v1::SignedEncKeys;
  static constexpr const auto& kTable = kEncKeys;

  AgencyId agency;
  std::uint64_t serial = 0;
  std::uint32_t keydoc = 0;
  WallTime issued{};
  std::vector<EncKey> keys{};  ///< newest first, those that this version can use
  KeyId signer{};
  Message message{};  ///< exact bytes

  /// The first key that is valid now, else one that will be within kClockAllowance, else any that has not
  /// expired: one of the two clocks may be wrong. nullptr when there is none.
  [[nodiscard]] const EncKey* usable(WallTime now) const;

  /// Decodes and checks what can be told without a chain. Error kEncKeysRule and those of the walker.
  [[nodiscard]] static Result<EncKeySet> read(const Message& message);
  /// Also the signature. Errors: kEncKeysSignature, those of check_node_signature() and
  /// check_keydoc_version().
  [[nodiscard]] static Result<EncKeySet> verify(const Message& message, const crypto::KeyChain& chain,
                                                WallTime now);
};

/// Signs encryption keys as this node. Errors: kEncKeysRule.
[[nodiscard]] Result<v1::SignedEncKeys> sign_enc_keys(const AgencyId& agency, std::uint64_t serial,
                                                      std::span<const EncKey> keys, WallTime issued,
                                                      const feed::SigningKey& key);

/// Where an agency's node can be dialled, decoded.
struct EndpointSet {
  using Message = v1::SignedEndpoints;
  static constexpr const auto& kTable = kEndpoints;

  AgencyId agency;
  std::uint64_t serial = 0;
  std::uint32_t keydoc = 0;
  WallTime issued{};
  std::vector<std::string> endpoints{};  ///< "host:port", best first
  KeyId signer{};
  Message message{};

  /// Error kEndpointsRule and those of the walker.
  [[nodiscard]] static Result<EndpointSet> read(const Message& message);
  /// Errors: kEndpointsSignature and as above.
  [[nodiscard]] static Result<EndpointSet> verify(const Message& message, const crypto::KeyChain& chain,
                                                  WallTime now);
};

[[nodiscard]] Result<v1::SignedEndpoints> sign_endpoints(const AgencyId& agency, std::uint64_t serial,
                                                         std::span<const std::string> endpoints,
                                                         WallTime issued, const feed::SigningKey& key);

}  // namespace comity::federation
