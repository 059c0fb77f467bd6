// SPDX-License-Identifier: EUPL-1.2
#include "crypto/noise/peer_psk.h"

#include "crypto/hkdf.h"

namespace comity::crypto::noise {

Key32 peer_psk(const Key32& invite_psk, const Sha256Digest& handshake_hash) {
  return hkdf_expand_key(hkdf_extract(handshake_hash.view(), {invite_psk.view()}).view(),
                         {context("peer-psk")});
}

}  // namespace comity::crypto::noise
