// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/entry_rows.h"

namespace comity::feed {

/// What a batch of received entries is judged by.
struct IngestContext {
  AgencyId self;
  AgencyId sender;  ///< the agency of the session: the author, or who carries for it
  WallTime now{};
  /// Highest label that may reach us in this space: the space's ceiling within our agreement with the author.
  policy::Label ceiling{};
  /// Where our history of the feed begins, when not at 1: the first entry that we may fetch.
  Seq first{1};
  /// Entries up to here are history that a later AUDIENCE lets the sender carry and us have: those among them
  /// need not list either.
  Seq history_to{};
  const Signers& signers;
};

/// One entry that will be stored.
struct CheckedEntry {
  std::size_t index = 0;  ///< in the batch
  Header header;
  bool ahead = false;
  Withholding withheld = Withholding::kNone;
};

struct Checked {
  FeedState before;
  FeedState after;                    ///< once `entries` are stored
  std::vector<CheckedEntry> entries;  ///< whole runs
  std::optional<Refusal> refusal{};   ///< why it stops there
};

/// Judges entries that connect to `state`, cheap things first, and says what is to be stored: whether the
/// sender may carry the feed, then verify_runs(), then for every entry its body hash, the trust in its
/// signer, its label and what its kind asks of its body. A valid header is always chained; what is wrong with
/// label, trust or body is a reason to withhold the body (DESIGN 5.7). `audience` is the one in force, when
/// it is held. Refusals besides those of verify_runs(): kFeedFrozen, kFeedNotEntitled (a sender outside the
/// audience and its relays, or we ourselves), kFeedBodyHash, kFeedBodyMissing (of a kind that the protocol
/// itself reads), and, signed by the author, kFeedBodyRule (a FEED_OPEN that is not this feed's, an AUDIENCE
/// that is none). Pure; any thread.
[[nodiscard]] Checked check_batch(const FeedState& state, const std::optional<v1::Audience>& audience,
                                  std::span<const WireEntry> entries, const IngestContext& context);

}  // namespace comity::feed
