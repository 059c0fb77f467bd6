// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/follow.h"

#include <map>
#include <set>

#include "node/feed/reader.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"

namespace comity::feed {
namespace {

constexpr std::size_t kPageBatches = 256;
// Batches of others that may pass before a position is noted.
constexpr std::uint64_t kIdleChanges = 1024;
// A page ends with the batch that reaches it: the rows of all followers have to fit one batch of the store,
// and whoever waits for the same worker should not wait long.
constexpr std::size_t kPageEntries = 300;

Result<SpaceCount> read_count(ByteView key, const std::optional<Bytes>& value) {
  SpaceCount count;
  if (!value) return count;
  COMITY_TRY(auto row, RowReader::open(kSpaceCounts.info(), key, *value));
  count.entries = row.number<std::uint64_t>();
  count.content = row.number<std::uint64_t>();
  count.body_bytes = row.number<std::uint64_t>();
  if (!row.done()) return damaged(kSpaceCounts.info(), key, "the layout is another one");
  return count;
}

}  // namespace

std::vector<storage::TableInfo> SpaceCounts::tables() const {
  return {kSpaceCounts.info()};
}

Status SpaceCounts::apply(std::span<const FollowedEntry> entries, const storage::View& view,
                          storage::Batch& rows) const {
  std::map<Bytes, SpaceCount, storage::KeyOrder> counts;
  for (const FollowedEntry& entry : entries) {
    const Header& header = entry.stored.header;
    const Bytes key = kSpaceCounts.key(entry.space, header.agency);
    auto at = counts.find(key);
    if (at == counts.end()) {
      COMITY_TRY(const auto value, view.get(key));
      COMITY_TRY(const auto count, read_count(key, value));
      at = counts.emplace(key, count).first;
    }
    ++at->second.entries;
    at->second.content += header.kind == v1::KIND_CONTENT ? 1U : 0U;
    at->second.body_bytes += header.body_size;
  }
  for (const auto& [key, count] : counts) {
    RowWriter row;
    row.number(count.entries).number(count.content).number(count.body_bytes);
    rows.put(key, std::move(row).finish(key));
  }
  return {};
}

Result<SpaceCount> space_count(const storage::View& view, const SpaceId& space, const AgencyId& agency) {
  const Bytes key = kSpaceCounts.key(space, agency);
  COMITY_TRY(const auto value, view.get(key));
  return read_count(key, value);
}

Result<ProjectionState> projection_state(const storage::View& view, std::string_view name) {
  const Bytes key = kProjections.key(std::string(name));
  COMITY_TRY(const auto value, view.get(key));
  ProjectionState state;
  if (!value) return state;
  COMITY_TRY(auto row, RowReader::open(kProjections.info(), key, *value));
  state.version = row.number<std::uint32_t>();
  state.position = storage::Version{row.number<std::uint64_t>()};
  if (!row.done()) return damaged(kProjections.info(), key, "the layout is another one");
  return state;
}

void put_projection_state(storage::Batch& batch, std::string_view name, const ProjectionState& state) {
  const Bytes key = kProjections.key(std::string(name));
  RowWriter row;
  row.number(state.version).number(raw(state.position));
  batch.put(key, std::move(row).finish(key));
}

namespace {

struct FollowedPage {
  std::vector<FollowedEntry> entries;
  std::vector<FollowedEntry> judged;  // into quarantine, or out of it
  std::vector<FollowedEntry> erased;  // bodies that are gone for good
  storage::Version upto{};            // where followers stand once they have seen it
  bool more = false;
  bool idle = false;  // nothing happened that is worth noting
  std::unique_ptr<storage::View> view;
};

Result<StoredHeader> read_followed(const storage::View& view, ByteView key, const FeedId& feed, Seq seq,
                                   const Recent* recent) {
  if (recent != nullptr) {
    if (const auto kept = recent->find(feed, seq)) return kept->stored;
  }
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return damaged(kHeaders.info(), key, "the row is missing");
  return decode_header_row(key, *value);
}

Result<FollowedPage> read_page(storage::Store& store, storage::Version position, const Recent* recent) {
  COMITY_TRY(const auto changes, store.changes(position, kPageBatches));
  FollowedPage page{.upto = changes.upto};
  // Taken after the changes, so that it shows every row which they name.
  COMITY_TRY(page.view, store.snapshot());
  std::map<FeedId, SpaceId> spaces;
  std::set<std::pair<FeedId, Seq>> judged;
  const auto read = [&](const FeedId& feed, Seq seq, std::vector<FollowedEntry>& into) -> Status {
    COMITY_TRY(auto stored, read_followed(*page.view, kHeaders.key(feed, seq), feed, seq, recent));
    auto space = spaces.find(feed);
    if (space == spaces.end()) {
      COMITY_TRY(const auto state, get_feed(*page.view, feed));
      space = spaces.emplace(feed, state.space).first;
    }
    into.push_back({std::move(stored), space->second});
    return {};
  };
  for (const storage::Change& change : changes.batches) {
    if (page.entries.size() + page.judged.size() + page.erased.size() >= kPageEntries) break;
    page.upto = &change == &changes.batches.back() ? changes.upto : change.version;
    for (const storage::ChangedKey& changed : change.keys) {
      const bool put = changed.kind == storage::OpKind::kPut;
      if (const auto place = kHeaders.parse(changed.key); put && place.ok()) {
        COMITY_CHECK(read(std::get<0>(*place), std::get<1>(*place), page.entries));
        continue;
      }
      const auto withheld = kWithheld.parse(changed.key);
      if (!withheld.ok()) continue;  // of another streamed table
      const auto& [feed, seq] = *withheld;
      COMITY_TRY(const auto value, page.view->get(changed.key));
      WithheldRow row;
      if (value) {
        COMITY_TRY(row, decode_withheld(changed.key, *value));
      }
      if (row.why == Withholding::kDisposed || row.why == Withholding::kExpired) {
        COMITY_CHECK(read(feed, seq, page.erased));
      } else if ((row.why == Withholding::kNone || is_quarantine(row.why)) &&
                 judged.emplace(feed, seq).second) {
        COMITY_CHECK(read(feed, seq, page.judged));
      }
    }
  }
  page.more = changes.more || page.upto != changes.upto;
  // Every commit is a change itself: an idle node would otherwise note its own notes for ever.
  page.idle = page.entries.empty() && page.judged.empty() && page.erased.empty() && !changes.more &&
              raw(page.upto) - raw(position) < kIdleChanges;
  return page;
}

// Its rows all or none: those of one that fails may be half there.
Status apply_apart(const Follower& follower, const FollowedPage& page, storage::Batch& batch) {
  storage::Batch own;
  COMITY_CHECK(follower.apply(page.entries, *page.view, own));
  if (!page.judged.empty()) COMITY_CHECK(follower.judge(page.judged, *page.view, own));
  if (!page.erased.empty()) COMITY_CHECK(follower.erase(page.erased, *page.view, own));
  batch.append(own);
  return {};
}

// Followers that stand at one place.
Result<bool> follow_from(storage::Store& store, storage::Version position,
                         std::span<const Follower* const> followers, const Recent* recent) {
  COMITY_TRY(const auto page, read_page(store, position, recent));
  storage::Batch batch;
  std::vector<const Follower*> went_on;
  Status failure;
  for (const Follower* follower : followers) {
    const Status applied = apply_apart(*follower, page, batch);
    if (applied.ok()) {
      went_on.push_back(follower);
    } else if (failure.ok()) {
      failure = applied;
    }
  }
  const bool wrote = !batch.empty();
  if (wrote || !page.idle) {
    for (const Follower* follower : went_on)
      put_projection_state(batch, follower->name(), {follower->version(), page.upto});
    if (!batch.empty()) COMITY_CHECK(store.commit(std::move(batch), storage::Durability::kBuffered));
  }
  COMITY_CHECK(failure);
  // A batch of positions alone is no news.
  return page.more || wrote;
}

}  // namespace

Result<bool> follow(storage::Store& store, std::span<const Follower* const> followers, const Recent* recent) {
  std::map<storage::Version, std::vector<const Follower*>> by_place;
  {
    COMITY_TRY(const auto view, store.snapshot());
    for (const Follower* follower : followers) {
      COMITY_TRY(const auto state, projection_state(*view, follower->name()));
      if (state.version != follower->version())
        return Error{Code::kFeedReindex, std::string(follower->name())};
      by_place[state.position].push_back(follower);
    }
  }
  bool more = false;
  Status failure;
  for (const auto& [position, group] : by_place) {
    const auto waits = follow_from(store, position, group, recent);
    if (waits.ok()) {
      more = more || *waits;
    } else if (failure.ok()) {
      failure = waits.error();
    }
  }
  COMITY_CHECK(failure);
  return more;
}

Result<bool> follow(storage::Store& store, const Follower& follower) {
  const Follower* const one = &follower;
  return follow(store, std::span(&one, 1));
}

}  // namespace comity::feed
