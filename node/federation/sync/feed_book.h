// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "crypto/secret.h"
#include "node/federation/sync/vector.h"
#include "storage/store.h"

namespace comity::federation {

/// A feed with all that decides who may be sent it.
struct BookFeed {
  feed::FeedState state{};
  Audiences audiences{};
  Seq have_from{};  ///< the first entry held; 0: none

  /// What `asker` may know that we hold; nothing: it may not know of the feed.
  [[nodiscard]] std::optional<HeldRow> row_for(const AgencyId& asker) const;
  /// Whether its entries are taken from others: not ours, or lost ones of a feed that we write no more.
  [[nodiscard]] bool is_followed() const { return !state.inside && (!state.own || state.retired); }
  /// Whether `agency` writes the feed, or is or was lately in its audience.
  [[nodiscard]] bool knows(const AgencyId& agency) const;
};

/// All feeds of the store in memory, each as a snapshot last showed it. Audiences are read when they change.
/// Owner thread.
class FeedBook {
 public:
  FeedBook(storage::Store& store, const crypto::Key32& storage_key)
      : store_(store), storage_key_(storage_key) {}

  /// Reads every feed. Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Status load();

  /// The feed as `view` shows it. Errors: kFeedUnknown, kFeedDamaged and those of the store.
  [[nodiscard]] Result<const BookFeed*> refresh(const storage::View& view, const FeedId& feed);
  [[nodiscard]] Result<const BookFeed*> refresh(const FeedId& feed);

  [[nodiscard]] const BookFeed* find(const FeedId& feed) const;
  [[nodiscard]] const std::map<FeedId, BookFeed>& all() const noexcept { return feeds_; }

  /// The entry held at that place. Errors: kEntryUnknown, kFeedDamaged and those of the store.
  [[nodiscard]] Result<EntryId> id_at(const BookFeed& feed, Seq seq) const;

 private:
  [[nodiscard]] Status read(const storage::View& view, feed::FeedState state, BookFeed& into) const;

  storage::Store& store_;
  const crypto::Key32& storage_key_;
  std::map<FeedId, BookFeed> feeds_;
};

}  // namespace comity::federation
