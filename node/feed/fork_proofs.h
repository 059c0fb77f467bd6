// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "node/feed/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::feed {

/// Adds the proof that the author forked this feed.
void put_fork_proof(storage::Batch& batch, const FeedId& feed, const v1::ForkProof& proof);

/// The proof, or nothing when none is held. Errors: kFeedDamaged and those of View::get().
[[nodiscard]] Result<std::optional<v1::ForkProof>> find_fork_proof(const storage::View& view,
                                                                   const FeedId& feed);

}  // namespace comity::feed
