// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/reindex.h"

#include "crypto/sha256.h"
#include "node/feed/reader.h"
#include "node/feed/tables.h"
#include "storage/failpoint.h"

namespace comity::feed {
namespace {

constexpr std::size_t kPage = 1000;

storage::Range range_of(const storage::TableInfo& table) {
  const std::byte prefix{table.prefix};
  return storage::prefix_range(ByteView(&prefix, 1));
}

void drop(storage::Batch& batch, std::string_view name, std::span<const storage::TableInfo> tables) {
  put_projection_state(batch, name, {});
  for (const storage::TableInfo& table : tables) {
    const storage::Range range = range_of(table);
    batch.erase_range(range.begin, range.end);
  }
}

class Rebuild {
 public:
  Rebuild(storage::Store& store, const crypto::Key32& storage_key, Projections projections,
          Followers followers, const ReindexProgress& progress)
      : store_(store),
        storage_key_(storage_key),
        projections_(projections),
        followers_(followers),
        progress_(progress) {}

  Result<std::uint64_t> run() {
    storage::Batch dropped;
    for (const Projection* projection : projections_)
      drop(dropped, projection->name(), projection->tables());
    for (const Follower* follower : followers_)
      drop(dropped, follower->name(), follower->tables());
    COMITY_CHECK(store_.commit(std::move(dropped)));
    COMITY_FAILPOINT("reindex.dropped");

    std::vector<FeedState> feeds;
    COMITY_TRY(const auto view, store_.snapshot());
    COMITY_TRY(const auto position, view->version());
    COMITY_CHECK(each_feed(*view, [&](const FeedState& feed) {
      feeds.push_back(feed);
      return true;
    }));
    for (const FeedState& feed : feeds)
      COMITY_CHECK(rebuild(feed));

    COMITY_CHECK(store_.sync());
    storage::Batch built;
    for (const Projection* projection : projections_)
      put_projection_state(built, projection->name(), {projection->version(), position});
    for (const Follower* follower : followers_)
      put_projection_state(built, follower->name(), {follower->version(), position});
    COMITY_CHECK(store_.commit(std::move(built)));
    return entries_;
  }

 private:
  Status rebuild(const FeedState& feed) {
    for (Seq from{1}; from <= feed.end.seq;) {
      COMITY_TRY(const auto view, store_.snapshot());
      const FeedReader reader(*view, storage_key_);
      COMITY_TRY(auto page, reader.headers(feed.feed(), from, kPage));
      if (page.empty()) return {};
      from = next(page.back().header.seq);

      // Followers read their rows from the view, hence a batch for each page.
      storage::Batch batch;
      std::vector<FollowedEntry> followed;
      for (StoredHeader& stored : page) {
        COMITY_CHECK(apply(reader, stored, feed.space, batch));
        followed.push_back({std::move(stored), feed.space});
      }
      for (const Follower* follower : followers_)
        COMITY_CHECK(follower->apply(followed, *view, batch));
      COMITY_CHECK(store_.commit(std::move(batch), storage::Durability::kBuffered));
      COMITY_FAILPOINT("reindex.page");
      entries_ += followed.size();
      if (progress_) progress_(entries_);
    }
    return {};
  }

  Status apply(const FeedReader& reader, const StoredHeader& stored, const SpaceId& space,
               storage::Batch& batch) const {
    Bytes clear;
    if (!is_sealed(stored.header.kind)) {
      COMITY_TRY(const auto withheld, reader.withheld(stored.header.feed, stored.header.seq));
      if (withheld.why == Withholding::kNone) {
        COMITY_TRY(clear, reader.body(stored.header));
      }
    }
    const EntryFacts facts{.header = stored.header,
                           .space = space,
                           .received = stored.received,
                           .ahead = stored.ahead,
                           .clear_body = clear};
    for (const Projection* projection : projections_)
      projection->apply(facts, batch);
    return {};
  }

  storage::Store& store_;
  const crypto::Key32& storage_key_;
  Projections projections_;
  Followers followers_;
  const ReindexProgress& progress_;
  std::uint64_t entries_ = 0;
};

template <class Kind>
Result<bool> any_outdated(const storage::View& view, std::span<const Kind* const> projections) {
  for (const Kind* projection : projections) {
    COMITY_TRY(const auto state, projection_state(view, projection->name()));
    if (state.version != projection->version()) return true;
  }
  return false;
}

}  // namespace

Result<bool> needs_reindex(const storage::View& view, Projections projections, Followers followers) {
  COMITY_TRY(const bool synchronous, any_outdated(view, projections));
  if (synchronous) return true;
  return any_outdated(view, followers);
}

void put_fresh_projections(storage::Batch& batch, Projections projections, Followers followers) {
  for (const Projection* projection : projections)
    put_projection_state(batch, projection->name(), {projection->version(), {}});
  for (const Follower* follower : followers)
    put_projection_state(batch, follower->name(), {follower->version(), {}});
}

Result<std::uint64_t> reindex(storage::Store& store, const crypto::Key32& storage_key,
                              Projections projections, Followers followers, const ReindexProgress& progress) {
  return Rebuild(store, storage_key, projections, followers, progress).run();
}

Result<Sha256Digest> range_hash(const storage::View& view, std::span<const storage::TableInfo> tables) {
  crypto::Sha256 hash;
  for (const storage::TableInfo& table : tables) {
    COMITY_CHECK(view.walk(range_of(table), false, [&](ByteView key, ByteView value) {
      hash.update(proto::to_be(static_cast<std::uint64_t>(key.size()))).update(key);
      hash.update(proto::to_be(static_cast<std::uint64_t>(value.size()))).update(value);
      return true;
    }));
  }
  return hash.finish();
}

}  // namespace comity::feed
