// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "comity/v1/identity.pb.h"

#include "node/federation/types.h"
#include "node/feed/chain_builder.h"

namespace comity::federation {

/// The node's signature over "comity.v1." `thing` NUL `bytes`.
[[nodiscard]] v1::Sig sign_as_node(const feed::SigningKey& key, std::string_view thing, ByteView bytes);

/// Whether a node signing key of the chain's newest version, live and not revoked, made it. Errors: `bad`
/// when it did not; those of KeyChain::current_signing_key().
[[nodiscard]] Status check_node_signature(const crypto::KeyChain& chain, const v1::Sig& sig,
                                          std::string_view thing, ByteView bytes, WallTime now, Code bad);

/// What EncKeys and Endpoints have in common: signed under the newest version that we hold. Errors:
/// kKeyDocNewer when a later one is named, so that the chain is to be fetched first; `rule` for an earlier
/// one.
[[nodiscard]] Status check_keydoc_version(const crypto::KeyChain& chain, std::uint32_t version, Code rule);

}  // namespace comity::federation
