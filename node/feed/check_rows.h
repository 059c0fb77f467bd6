// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/reader.h"
#include "node/feed/verify_run.h"

namespace comity::feed {

/// Judges one row of any table above, for Verifying::check of the store: layout, checks, the body against its
/// header's hash, the index against what it points to. Rows of other tables pass. Errors: kFeedDamaged,
/// naming table and key, and those of the store. Any thread.
[[nodiscard]] Status check_row(const storage::View& view, const crypto::Key32& storage_key,
                               const storage::TableInfo& table, ByteView key, ByteView value);

/// Verifies a whole feed from its first stored entry to its head: chain, runs, signatures. The count of
/// entries. Errors: kFeedDamaged for a head that is not the one in the feed's row, and those of
/// verify_runs().
[[nodiscard]] Result<std::uint64_t> verify_feed(const storage::View& view, const crypto::Key32& storage_key,
                                                const FeedId& feed, const Signers& signers);

}  // namespace comity::feed
