// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/follow.h"

namespace comity::feed {

using Followers = std::span<const Follower* const>;

/// Whether the rows of any projection are of another version than the program, or an earlier rebuilding was
/// interrupted. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<bool> needs_reindex(const storage::View& view, Projections projections,
                                         Followers followers);

/// Whether a follower stands before what the change stream still holds, so that it can only be rebuilt.
/// `first_change` as in Stats. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<bool> has_fallen_behind(const storage::View& view, Followers followers,
                                             storage::Version first_change);

/// Rows for a store that is still empty: every projection is up to date with nothing.
void put_fresh_projections(storage::Batch& batch, Projections projections, Followers followers);

/// Told of the entries read so far, every thousand.
using ReindexProgress = std::function<void(std::uint64_t entries)>;

/// Drops the tables of all projections and builds them again from headers and bodies. Nothing else writes to
/// the store meanwhile. When it is interrupted, the projections stay marked as unbuilt and it is run again.
/// The result equals what live writing would have made. Errors: kFeedDamaged and those of the store; the
/// count of entries.
[[nodiscard]] Result<std::uint64_t> reindex(storage::Store& store, const crypto::Key32& storage_key,
                                            Projections projections, Followers followers,
                                            const ReindexProgress& progress);

/// Builds them in another store instead, an empty one with the same tables, and passes over entries that are
/// damaged: what the rows of `store` are compared with. The count of entries. Errors: those of either store.
[[nodiscard]] Result<std::uint64_t> build_beside(storage::Store& store, storage::Store& scratch,
                                                 const crypto::Key32& storage_key, Projections projections,
                                                 Followers followers, const ReindexProgress& progress);

/// SHA-256 over all rows of the tables, so that two ways of building them can be compared.
[[nodiscard]] Result<Sha256Digest> range_hash(const storage::View& view,
                                              std::span<const storage::TableInfo> tables);

}  // namespace comity::feed
