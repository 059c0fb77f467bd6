// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "node/feed/feed_state.h"

namespace comity::feed {

/// What is known when one of our own feeds is about to be continued after a start (DESIGN 5.10).
struct StartFacts {
  bool restored = false;     ///< the operator or the store says that it came from a copy
  bool clone_seen = false;   ///< a second live instance of this node was met
  bool clean_start = true;   ///< the last process ended in order
  bool boot_matches = true;  ///< the boot count beside the store is the one inside it
  /// The newest head that any member told us of this feed since the start; nothing: nobody has yet.
  std::optional<v1::FeedHead> told{};
  bool waited = false;  ///< kConfirmWait has passed without an answer
};

/// How long the first append to a shared feed waits for one member's word.
inline constexpr std::chrono::seconds kConfirmWait{2};

enum class Continue : std::uint8_t { kSameFeed, kAskMembers, kNewFeed };

struct StartDecision {
  Continue how = Continue::kSameFeed;
  v1::FeedOpenReason reason = v1::FEED_OPEN_REASON_NONE;  ///< of kNewFeed

  friend bool operator==(const StartDecision&, const StartDecision&) = default;
};

/// Whether the feed goes on, waits for a member's word, or a new incarnation opens. A feed that was ever
/// shown to others must not be written twice at one place: restore, clone, a far-ahead clock and a head ahead
/// of ours always open a new one, as a feed that is retired does; an unclean start does unless a member
/// confirms our head. Inside feeds nobody else has seen: only a restore or clone opens a new one. Pure.
[[nodiscard]] StartDecision decide_start(const FeedState& feed, const StartFacts& facts, WallTime now);

/// Whether whoever told `told` holds what we do not: entries beyond ours, or another one at our head's place.
[[nodiscard]] bool is_beyond(const v1::FeedHead& told, const ChainEnd& end);

/// The last known heads of our own feeds in a space, oldest first by their clocks: what FEED_OPEN of the next
/// one lists, the newest 64 of them. Feeds and entries are named by refs (H("feed-ref", FeedID), ref_of()):
/// whoever held them finds them, and nobody else learns an id. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<std::vector<v1::FeedHead>> earlier_heads(const storage::View& view,
                                                              const SpaceId& space);

}  // namespace comity::feed
