// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "node/feed/reader.h"

namespace comity::community {

/// What a new reader of one of our feeds is given of its past.
struct HistoryStart {
  proto::Seq seq{1};         ///< the first entry that it may fetch
  proto::KeyEpoch epoch{1};  ///< the first key epoch that it is granted

  friend bool operator==(const HistoryStart&, const HistoryStart&) = default;
};

/// Where the rule lets a new reader begin, at this moment: whole key epochs, so that no key opens more than
/// the rule says. A feed without content is given whole. `since` is of HISTORY_RULE_SINCE. Errors:
/// kFeedDamaged and those of the store. Reads a few dozen headers, and of HISTORY_RULE_SINCE at most one key
/// epoch's.
[[nodiscard]] proto::Result<HistoryStart> history_start(const feed::FeedReader& reader,
                                                        const feed::FeedState& feed, v1::HistoryRule rule,
                                                        feed::WallTime since);

/// Where an agency that stood in an AUDIENCE of our feed at any time before began; nothing: it never did. The
/// latest AUDIENCE that lists it counts. Goes through the AUDIENCE entries of the feed, from the newest to
/// the one found. Errors: kFeedDamaged and those of the store.
[[nodiscard]] proto::Result<std::optional<proto::Seq>> earlier_start(const feed::FeedReader& reader,
                                                                     const feed::FeedState& feed,
                                                                     const proto::AgencyId& agency);

}  // namespace comity::community
