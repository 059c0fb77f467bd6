// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/peering/peering.h"

namespace comity::federation {

/// What goes with a chain that has grown, in whichever kind of session its documents came: their rows and
/// those of what falls with them, the keys whose entries are to be judged anew, and one event when the agency
/// is a peer. `from` brought them; `taken` has changed the chain of `agency`. Owner thread.
[[nodiscard]] Step chain_grew(PeeringSetup& setup, const AgencyId& from, const AgencyId& agency,
                              ChainBook::Taken taken, WallTime now);

}  // namespace comity::federation
