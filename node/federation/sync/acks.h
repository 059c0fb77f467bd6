// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <set>

#include "node/federation/sync/feed_book.h"

namespace comity::federation {

/// A place in a feed.
struct Held {
  Seq seq{};
  EntryId id;

  friend bool operator==(const Held&, const Held&) = default;
};

/// Up to where each peer is known to hold each feed. In memory as a whole, written behind: what a crash
/// forgets, the next full Vector says again. Owner thread.
class Acks {
 public:
  using Row = std::map<FeedId, Held>;

  explicit Acks(storage::Store& store) : store_(store) {}

  /// Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Status load();

  [[nodiscard]] const Row& of(const AgencyId& peer) const;
  [[nodiscard]] const Held* find(const AgencyId& peer, const FeedId& feed) const;
  void set(const AgencyId& peer, const FeedId& feed, const Held& held);
  void erase(const AgencyId& peer, const FeedId& feed);

  /// Writes what changed, at most a batch full of it; the rest waits for the next call.
  void flush();

  /// The vector that both sides last agreed on: of each feed the lower of the two places, ascending. Nothing
  /// when there is no row.
  [[nodiscard]] std::vector<HeldRow> agreed(const AgencyId& peer, const FeedBook& book) const;

 private:
  storage::Store& store_;
  std::map<AgencyId, Row> rows_;
  std::set<std::pair<AgencyId, FeedId>> dirty_;
};

}  // namespace comity::federation
