// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "crypto/random.h"
#include "crypto/sealed_body.h"
#include "node/feed/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::feed {

/// When our own feed opens its next key epoch: what is granted to somebody is at most this much.
inline constexpr std::chrono::days kEpochAge{7};
inline constexpr std::uint32_t kEpochEntries = 10'000;

/// Adds the key of one epoch, sealed under the node's storage key.
void put_feed_key(storage::Batch& batch, const FeedId& feed, KeyEpoch epoch, const crypto::FeedKey& key,
                  const crypto::Key32& storage_key, crypto::Random& random);

/// Errors: kFeedNoKey when none is held (not granted, or not yet); kFeedDamaged when the row is not the one
/// that was written, or was written under another storage key.
[[nodiscard]] Result<crypto::FeedKey> get_feed_key(const storage::View& view, const FeedId& feed,
                                                   KeyEpoch epoch, const crypto::Key32& storage_key);

}  // namespace comity::feed
