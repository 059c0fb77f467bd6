// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "crypto/ed25519.h"
#include "node/feed/hlc.h"

namespace comity::feed {

/// How far a genuine signature is believed. kExpired: it was made outside the time of its key.
enum class Trust : std::uint8_t { kTrusted, kExpired, kRevoked };

/// A node signing key as the newest KeyDoc chain that we hold describes it.
struct Signer {
  crypto::Ed25519PublicKey key;
  std::optional<WallTime> not_before{};     ///< nothing by it counts before
  std::optional<WallTime> expires{};        ///< nothing by it counts from then on
  std::optional<WallTime> revoked_since{};  ///< nothing by it counts from then on
  /// Somebody else may hold the key and may date entries back: then the claimed time says nothing, and what
  /// we did not store before we learnt of the revocation is not believed.
  bool compromised = false;

  [[nodiscard]] Trust at(Hlc hlc) const noexcept {
    if (compromised || (revoked_since && hlc_time(hlc) >= *revoked_since)) return Trust::kRevoked;
    const bool early = not_before && hlc_time(hlc) < *not_before;
    const bool late = expires && hlc_time(hlc) >= *expires;
    return early || late ? Trust::kExpired : Trust::kTrusted;
  }
};

/// The signing keys of agencies, by the KeyDoc version that an entry names. Implementations used on a pool
/// are safe for several threads.
class Signers {
 public:
  Signers() = default;
  Signers(const Signers&) = delete;
  Signers& operator=(const Signers&) = delete;
  virtual ~Signers() = default;

  /// Error kFeedSignerUnknown when version `keydoc` of the agency, as far as we hold it, does not name the
  /// key.
  [[nodiscard]] virtual Result<Signer> find(const AgencyId& agency, const KeyId& key,
                                            std::uint32_t keydoc) const = 0;
};

}  // namespace comity::feed
