// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/secret.h"
#include "crypto/sha256.h"

namespace comity::crypto::noise {

/// The shared key of two agencies after pairing, from the invitation's and the hash of the pairing handshake
/// in which both sides verified each other: HKDF-SHA256 with the hash as salt and info "comity.v1.peer-psk"
/// NUL. Whoever finds the invitation later holds nothing, since the hash depends on both ephemeral keys.
[[nodiscard]] Key32 peer_psk(const Key32& invite_psk, const Sha256Digest& handshake_hash);

}  // namespace comity::crypto::noise
