// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/reindex.h"

#include "crypto/sha256.h"
#include "node/feed/layered_view.h"
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

/// What is done about an entry that is damaged itself.
enum class Damaged { kRefuse, kPassOver };

/// Reads entries from one store and writes what derives from them to the same or another one.
class Builder {
 public:
  Builder(storage::Store& from, storage::Store& into, const crypto::Key32& storage_key,
          Projections projections, Followers followers, Damaged damaged, const ReindexProgress& progress)
      : from_(from),
        into_(into),
        storage_key_(storage_key),
        projections_(projections),
        followers_(followers),
        damaged_(damaged),
        progress_(progress) {}

  Result<std::uint64_t> run() {
    std::vector<FeedState> feeds;
    {
      COMITY_TRY(const auto view, from_.snapshot());
      COMITY_CHECK(view->walk(kFeeds.range(), false, [&](ByteView key, ByteView value) {
        auto state = decode_feed_state(key, value);
        if (state.ok()) {
          feeds.push_back(*std::move(state));
        } else if (damaged_ == Damaged::kRefuse) {
          refused_ = state.error();
        }
        return refused_.ok();
      }));
      COMITY_CHECK(refused_);
    }
    for (const FeedState& feed : feeds)
      COMITY_CHECK(build(feed));
    return entries_;
  }

 private:
  Status build(const FeedState& feed) {
    for (Seq from{1}; from <= feed.end.seq;) {
      COMITY_TRY(const auto view, from_.snapshot());
      const FeedReader reader(*view, storage_key_);
      COMITY_TRY(auto page, read(*view, reader, feed.feed(), from));
      if (from == Seq{0}) return {};

      // Followers read their rows from the view, hence a batch for each page.
      storage::Batch batch;
      std::vector<FollowedEntry> followed;
      for (StoredHeader& stored : page) {
        const Status applied = apply(reader, stored, feed.space, batch);
        if (!applied.ok() && damaged_ == Damaged::kRefuse) return applied;
        followed.push_back({std::move(stored), feed.space});
      }
      COMITY_TRY(const auto built, into_.snapshot());
      for (const Follower* follower : followers_) {
        const std::vector<storage::TableInfo> own = follower->tables();
        COMITY_CHECK(follower->apply(followed, LayeredView(*built, own, *view), batch));
      }
      if (!batch.empty()) COMITY_CHECK(into_.commit(std::move(batch), storage::Durability::kBuffered));
      COMITY_FAILPOINT("reindex.page");
      entries_ += followed.size();
      if (progress_) progress_(entries_);
    }
    return {};
  }

  // Moves `from` behind the page; to 0 when there is none.
  Result<std::vector<StoredHeader>> read(const storage::View& view, const FeedReader& reader,
                                         const FeedId& feed, Seq& from) const {
    std::vector<StoredHeader> page;
    if (damaged_ == Damaged::kRefuse) {
      COMITY_TRY(page, reader.headers(feed, from, kPage));
      from = page.empty() ? Seq{0} : next(page.back().header.seq);
      return page;
    }
    const storage::Range rest{kHeaders.key(feed, from), kHeaders.range(feed).end};
    from = Seq{0};
    std::size_t seen = 0;
    COMITY_CHECK(view.walk(rest, false, [&](ByteView key, ByteView value) {
      const auto place = kHeaders.parse(key);
      if (place.ok()) from = next(std::get<1>(*place));
      auto stored = decode_header_row(key, value);
      if (stored.ok()) page.push_back(*std::move(stored));
      return ++seen < kPage;
    }));
    return page;
  }

  Status apply(const FeedReader& reader, const StoredHeader& stored, const SpaceId& space,
               storage::Batch& batch) const {
    Bytes clear;
    Status readable;
    if (!is_sealed(stored.header.kind)) {
      const auto withheld = reader.withheld(stored.header.feed, stored.header.seq);
      if (!withheld.ok()) {
        readable = withheld.error();
      } else if (withheld->why == Withholding::kNone) {
        auto body = reader.body(stored.header);
        if (body.ok()) {
          clear = *std::move(body);
        } else {
          readable = body.error();
        }
      }
    }
    const EntryFacts facts{.header = stored.header,
                           .space = space,
                           .received = stored.received,
                           .ahead = stored.ahead,
                           .clear_body = clear};
    for (const Projection* projection : projections_)
      projection->apply(facts, batch);
    return readable;
  }

  storage::Store& from_;
  storage::Store& into_;
  const crypto::Key32& storage_key_;
  Projections projections_;
  Followers followers_;
  const Damaged damaged_;
  const ReindexProgress& progress_;
  Status refused_;
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

Result<bool> has_fallen_behind(const storage::View& view, Followers followers,
                               storage::Version first_change) {
  for (const Follower* follower : followers) {
    COMITY_TRY(const auto state, projection_state(view, follower->name()));
    if (raw(state.position) + 1 < raw(first_change)) return true;
  }
  return false;
}

void put_fresh_projections(storage::Batch& batch, Projections projections, Followers followers) {
  for (const Projection* projection : projections)
    put_projection_state(batch, projection->name(), {projection->version(), {}});
  for (const Follower* follower : followers)
    put_projection_state(batch, follower->name(), {follower->version(), {}});
}

Result<std::uint64_t> reindex(storage::Store& store, const crypto::Key32& storage_key,
                              Projections projections, Followers followers, const ReindexProgress& progress) {
  storage::Batch dropped;
  for (const Projection* projection : projections)
    drop(dropped, projection->name(), projection->tables());
  for (const Follower* follower : followers)
    drop(dropped, follower->name(), follower->tables());
  COMITY_CHECK(store.commit(std::move(dropped)));
  COMITY_FAILPOINT("reindex.dropped");

  storage::Version position{};
  {
    COMITY_TRY(const auto view, store.snapshot());
    COMITY_TRY(position, view->version());
  }
  COMITY_TRY(const std::uint64_t entries,
             Builder(store, store, storage_key, projections, followers, Damaged::kRefuse, progress).run());
  COMITY_CHECK(store.sync());
  COMITY_FAILPOINT("reindex.before_commit");
  storage::Batch built;
  for (const Projection* projection : projections)
    put_projection_state(built, projection->name(), {projection->version(), position});
  for (const Follower* follower : followers)
    put_projection_state(built, follower->name(), {follower->version(), position});
  COMITY_CHECK(store.commit(std::move(built)));
  COMITY_FAILPOINT("reindex.after_commit");
  return entries;
}

Result<std::uint64_t> build_beside(storage::Store& store, storage::Store& scratch,
                                   const crypto::Key32& storage_key, Projections projections,
                                   Followers followers, const ReindexProgress& progress) {
  return Builder(store, scratch, storage_key, projections, followers, Damaged::kPassOver, progress).run();
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
