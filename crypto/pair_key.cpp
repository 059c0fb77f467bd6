// SPDX-License-Identifier: EUPL-1.2
#include "crypto/pair_key.h"

#include "crypto/hkdf.h"
#include "crypto/sha256.h"

namespace comity::crypto {

Key32 PairKey::for_noise() const {
  return hkdf_expand_key(bytes.view(), {context("peer-psk.noise")});
}

Key32 PairKey::for_grants() const {
  return hkdf_expand_key(bytes.view(), {context("peer-psk.grant")});
}

}  // namespace comity::crypto
