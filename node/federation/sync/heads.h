// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "comity/v1/session.pb.h"

#include "node/federation/sync/feed_book.h"
#include "node/feed/chain_builder.h"
#include "node/feed/signers.h"

namespace comity::federation {

/// How often an author speaks of a feed that has new entries, and of one that has none (research/protocol.md
/// 6).
inline constexpr std::chrono::minutes kActiveInterval{10};
inline constexpr std::chrono::minutes kIdleInterval{60};
/// After so many of them without a word, entries may be hidden from us.
inline constexpr int kMissedIntervals = 3;

/// The newest statement of a feed's author that is held.
struct HeadKnown {
  Seq seq{};
  EntryId id;
  Hlc hlc{};  ///< when the author said it
  WallTime received{};
};

/// What an author has said of its feed, and whether that is long ago.
struct Freshness {
  std::optional<HeadKnown> newest{};
  bool possibly_stale = false;
  bool behind = false;  ///< the author speaks of entries that we do not hold
};

/// Signs a statement of our own.
[[nodiscard]] v1::SignedHeadStatement sign_head(const feed::ChainEnd& end, Hlc hlc,
                                                const feed::SigningKey& key);

/// A received statement whose signature was not asked yet. Error kHeadRule, and those of the strict walker.
[[nodiscard]] Result<v1::HeadStatement> read_head(const v1::SignedHeadStatement& message);

/// Whether the author of `feed` signed the statement, by a key that counts at its time. Errors: kHeadRule,
/// kFeedSignerUnknown. Pure; any thread.
[[nodiscard]] Status check_head(const v1::SignedHeadStatement& message, const v1::HeadStatement& statement,
                                const feed::FeedState& feed, const feed::Signers& signers);

/// The newest statement of each feed, ours and those of others, in memory and in the store. Owner thread.
class HeadBook {
 public:
  explicit HeadBook(storage::Store& store) : store_(store) {}

  /// Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Status load();

  /// Keeps a checked statement. False, and nothing changes, when it is not later than the one that is held.
  bool put(const FeedId& feed, const v1::SignedHeadStatement& message, const v1::HeadStatement& statement,
           WallTime now);
  /// The same question without an answer's effect: so that no signature is checked in vain.
  [[nodiscard]] bool is_later(const FeedId& feed, Hlc hlc, WallTime now) const;

  [[nodiscard]] const HeadKnown* find(const FeedId& feed) const;
  /// The message as it came, to be passed on.
  [[nodiscard]] const v1::SignedHeadStatement* message(const FeedId& feed) const;

  /// Whether our own feed is due for a statement, and at which clock value.
  [[nodiscard]] std::optional<Hlc> due(const feed::FeedState& own, WallTime now) const;

  /// `since` is when we began to listen, for feeds that nobody has spoken of.
  [[nodiscard]] Freshness freshness(const feed::FeedState& feed, WallTime since, WallTime now) const;

 private:
  struct Row {
    HeadKnown known{};
    v1::SignedHeadStatement message{};
  };
  storage::Store& store_;
  std::map<FeedId, Row> rows_;
};

}  // namespace comity::federation
