// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/chain_signers.h"

#include <algorithm>

#include <fmt/format.h>

namespace comity::feed {

Result<Signer> ChainSigners::find(const AgencyId& agency, const KeyId& key, std::uint32_t keydoc) const {
  const auto unknown = [&] {
    return Error{Code::kFeedSignerUnknown, fmt::format("key {}, KeyDoc {}", key.hex(), keydoc)};
  };
  const crypto::KeyChain* const chain = chains_(agency);
  const crypto::KeyDoc* const doc = chain == nullptr ? nullptr : chain->at(keydoc);
  if (doc == nullptr) return unknown();
  const auto found = std::ranges::find(doc->node_sign, key, &crypto::SigningKey::id);
  if (found == doc->node_sign.end()) return unknown();
  // A key may be used to the last moment that its document names, that one included.
  Signer signer{.key = found->key,
                .not_before = found->not_before,
                .expires = found->not_after + std::chrono::milliseconds(1)};
  if (const crypto::Revocation* const revocation = chain->revocation(key)) {
    signer.revoked_since = revocation->since;
    signer.compromised = revocation->reason == crypto::RevocationReason::kCompromised;
  }
  return signer;
}

}  // namespace comity::feed
