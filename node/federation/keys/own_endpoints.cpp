// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/keys/own_endpoints.h"

#include <algorithm>

namespace comity::federation {

Result<RenewedEndpoints> renew_endpoints(EndpointBook& book, const ChainBook& chains,
                                         std::span<const std::string> addresses,
                                         const feed::SigningKey& signing, WallTime now) {
  RenewedEndpoints out;
  const AgencyId& self = chains.own().agency();
  const EndpointSet* const held = book.find(self);
  if (held == nullptr && addresses.empty()) return out;
  if (held != nullptr && std::ranges::equal(held->endpoints, addresses) && held->signer == signing.id &&
      held->keydoc == signing.keydoc) {
    return out;
  }
  COMITY_TRY(out.announce, sign_endpoints(self, book.serial(self) + 1, addresses, now, signing));
  COMITY_TRY(out.rows, book.take(*out.announce, chains, now));
  return out;
}

}  // namespace comity::federation
