// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>

#include "comity/v1/session.pb.h"

#include "node/federation/sync/entitlement.h"

namespace comity::federation {

/// Rows of one Vector message.
inline constexpr int kVectorRows = 8192;

/// What one side holds of a feed.
struct HeldRow {
  FeedId feed;
  Seq seq{};  ///< 0: nothing
  EntryId id;
  Seq have_from{};  ///< the lowest seq held without a gap up to `seq`

  friend bool operator==(const HeldRow&, const HeldRow&) = default;
};

[[nodiscard]] v1::FeedState to_message(const HeldRow& row);
[[nodiscard]] v1::FeedHead to_head(const HeldRow& row);

/// The rows of a received message. `after` is the last FeedID of the message that it continues. Error
/// kVectorRule: not ascending, an id without an entry or the other way round, a history that begins behind
/// its end. Pure.
[[nodiscard]] Result<std::vector<HeldRow>> read_vector(const v1::Vector& message,
                                                       const std::optional<FeedId>& after);

/// SHA-256("comity.v1.vector" NUL, for each row: feed, u64be seq, id) over rows ascending by feed: what
/// Hello carries. Pure.
[[nodiscard]] Sha256Digest vector_digest(std::span<const HeldRow> rows);

}  // namespace comity::federation
