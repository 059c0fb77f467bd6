// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <vector>

#include "crypto/keydoc/keydoc.h"
#include "node/federation/step.h"
#include "storage/view.h"

namespace comity::federation {

/// A key of an agency that was revoked, and whose stored entries have to be judged anew.
struct Distrust {
  AgencyId agency;
  KeyId key;
  bool compromised = false;
  WallTime since{};
};

/// Notes what is to be judged, in the batch that stores the key document which says so: a node that is cut
/// off in between goes on with it at its next start.
void put_distrusts(Rows& rows, const AgencyId& agency, std::span<const crypto::Revocation> revoked);
/// It is done.
[[nodiscard]] Bytes distrust_key(const Distrust& distrust);

/// What waits, at most `limit`. Errors: kFeedDamaged naming the row; those of the store.
[[nodiscard]] Result<std::vector<Distrust>> waiting_distrusts(const storage::View& view, std::size_t limit);

}  // namespace comity::federation
