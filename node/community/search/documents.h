// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/search/index.h"
#include "node/community/spaces/sights.h"
#include "node/feed/reader.h"

namespace comity::community::search {

/// What an entry means for the index.
struct Meaning {
  EntryRef subject;         ///< what it changes; zero: nothing that is searched
  bool is_version = false;  ///< it is an edit or a revision of that
  Hlc order{};
  /// What is to be found, when the entry alone says so: nobody has edited it.
  std::optional<Document> document{};
};

/// Makes documents from what the store holds at one moment. It asks nobody whether they may be seen: the
/// index holds what the node can read, and each search passes admit(). One thread at a time; what it is made
/// from outlives it.
class Documents {
 public:
  Documents(const storage::View& view, const Sights& sights, const crypto::Key32& storage_key,
            feed::Recent* recent = nullptr)
      : view_(view), sights_(sights), feeds_(view, storage_key, recent) {}

  /// What the entry of a place means; nothing when its body cannot be read (any more). Errors: those of the
  /// store.
  [[nodiscard]] Result<std::optional<Meaning>> meaning(const Place& place);
  /// The subject as it is found: in the newest of `versions`, newest first, that is by its own writer (a
  /// page: by anybody) and can be read, else as it was first written. Nothing when it is withdrawn, or not
  /// here. `shown`, if it is known, is where it stands.
  [[nodiscard]] Result<std::optional<Document>> document(const EntryRef& subject,
                                                         std::span<const Place> versions,
                                                         const std::optional<Place>& shown = {});

 private:
  struct Read {
    feed::StoredHeader stored;
    SpaceId space;
    std::shared_ptr<const v1::Content> content;  ///< empty: the body is none that can be read
  };
  Result<std::optional<Read>> read(const Place& place);
  Result<std::optional<Read>> finish(feed::StoredHeader stored);
  Result<bool> is_withdrawn(const Read& read) const;
  Result<SpaceId> space_of(const FeedId& feed);

  const storage::View& view_;
  const Sights& sights_;
  feed::FeedReader feeds_;
  std::map<FeedId, SpaceId> spaces_{};
};

}  // namespace comity::community::search
