// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/keys/newest.h"

namespace comity::federation {

struct RenewedEndpoints {
  Rows rows{};
  std::optional<v1::SignedEndpoints> announce{};  ///< for all peers, once the rows are on disk
};

/// Signs the addresses at which peers reach us, when they have changed, or the signing key or its KeyDoc has.
/// Nothing is said while there never was an address. Call at start and after a rotation. Errors:
/// kEndpointsRule, those of the schema.
[[nodiscard]] Result<RenewedEndpoints> renew_endpoints(EndpointBook& book, const ChainBook& chains,
                                                       std::span<const std::string> addresses,
                                                       const feed::SigningKey& signing, WallTime now);

}  // namespace comity::federation
