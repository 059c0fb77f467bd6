// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/guarded.h"

namespace comity::crypto {

/// The secret that two paired agencies share (noise/peer_psk.h). It is never used itself: a key for each purpose is derived from
/// it, so that neither protocol says anything about the key of the other.
struct PairKey {
  GuardedKey32 bytes;

  /// For the Noise handshake: HKDF-Expand(bytes, "comity.v1.peer-psk.noise" NUL). Any thread.
  [[nodiscard]] Key32 for_noise() const;
  /// For wrapping feed keys (grant.h): HKDF-Expand(bytes, "comity.v1.peer-psk.grant" NUL). Any thread.
  [[nodiscard]] Key32 for_grants() const;
};

}  // namespace comity::crypto
