// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/key_news.h"

#include <fmt/format.h>

#include "node/federation/keys/distrust.h"

namespace comity::federation {

Step chain_grew(PeeringSetup& setup, const AgencyId& from, const AgencyId& agency, ChainBook::Taken taken,
                WallTime now) {
  const crypto::KeyChain& chain = *setup.chains.find(agency);
  Step step;
  step.rows = std::move(taken.rows);
  step.rows.add(setup.enc_keys.chain_changed(chain));
  step.rows.add(setup.endpoints.chain_changed(chain));
  put_distrusts(step.rows, agency, taken.revoked);
  if (Peer* const owner = setup.book.change(agency)) {
    step.event = audit_event("peer.key.change", By::peer(from), now, agency,
                             {{"name", owner->name},
                              {"keydoc", fmt::format("version {}", chain.version())},
                              {"revoked", fmt::format("{}", taken.revoked.size())}});
    setup.book.save(*owner, step.rows, now);
  }
  return step;
}

}  // namespace comity::federation
