// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/reindex.h"

namespace comity::feed {

/// A row of a projection that its entries would not make, or one that they would and that is missing.
using ProjectionFault =
    std::function<void(const storage::TableInfo& table, ByteView key, const Error& error)>;

struct ComparedProjections {
  std::uint64_t rows = 0;              ///< that entries make
  std::uint64_t faults = 0;            ///< told of
  std::vector<std::string> unbuilt{};  ///< not compared: they wait for reindex()
};

/// Builds every projection once more in `scratch`, an empty store with the same tables, and compares both
/// ways with the rows that are there, whose followers are caught up first. Entries that are damaged
/// themselves are passed over: check_row() tells of them. Nothing else writes to the store meanwhile. Errors:
/// those of either store.
[[nodiscard]] Result<ComparedProjections> compare_projections(storage::Store& store, storage::Store& scratch,
                                                              const crypto::Key32& storage_key,
                                                              Projections projections, Followers followers,
                                                              const ProjectionFault& fault,
                                                              const ReindexProgress& progress);

}  // namespace comity::feed
