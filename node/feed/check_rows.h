// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/reader.h"
#include "node/feed/verify_run.h"

namespace comity::feed {

/// Judges one row of any table above, for Verifying::check of the store: layout, checks, the body against its
/// header's hash, the index against what it points to, and that what the row needs is there. Whether a
/// projection lacks rows, or has too many, is told by check_projections.h. Rows of other tables pass. Errors:
/// kFeedDamaged, naming table and key, and those of the store. Any thread.
[[nodiscard]] Status check_row(const storage::View& view, const crypto::Key32& storage_key,
                               const storage::TableInfo& table, ByteView key, ByteView value);

/// The entry to which a row belongs, by its neighbours when its own header is damaged; nothing when there is
/// none or it cannot be told.
[[nodiscard]] std::optional<EntryId> entry_of_row(const storage::View& view, const storage::TableInfo& table,
                                                  ByteView key);

/// What became of the search through a whole feed.
struct FeedVerdict {
  std::uint64_t entries = 0;  ///< that are sound, from the first stored one on
  Seq upto{};                 ///< the last of them
  Status status{};            ///< why it stopped there: kFeedDamaged, and the errors of verify_runs()
};

/// Verifies a whole feed from its first stored entry to its head: chain, runs, signatures. Without `signers`
/// (nullptr: no key document of that agency is held) the signatures only have to be where they must be.
[[nodiscard]] FeedVerdict judge_feed(const storage::View& view, const crypto::Key32& storage_key,
                                     const FeedId& feed, const Signers* signers);

/// The same in short: the count of entries. Errors: kFeedDamaged for a head that is not the one in the feed's
/// row, and those of verify_runs().
[[nodiscard]] Result<std::uint64_t> verify_feed(const storage::View& view, const crypto::Key32& storage_key,
                                                const FeedId& feed, const Signers& signers);

}  // namespace comity::feed
