// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/sync/intake.h"
#include "node/runtime/nursery.h"
#include "node/runtime/pool.h"

namespace comity::federation {

/// Batches are checked by the workers of `pool`; what follows runs as a task of `nursery`. Once that is
/// cancelled nothing follows any more. Both outlive the function that is returned.
[[nodiscard]] Offload pool_offload(runtime::Pool& pool, runtime::Nursery& nursery);

}  // namespace comity::federation
