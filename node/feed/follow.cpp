// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/follow.h"

#include <map>

#include "node/feed/reader.h"
#include "node/feed/row.h"
#include "node/feed/tables.h"

namespace comity::feed {
namespace {

constexpr std::size_t kPageBatches = 64;
// Batches of others that may pass before a position is noted.
constexpr std::uint64_t kIdleChanges = 1024;
// A page ends with the batch that reaches it: a follower's rows have to fit one batch of the store.
constexpr std::size_t kPageEntries = 1000;

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

Result<bool> follow(storage::Store& store, const Follower& follower) {
  COMITY_TRY(const auto before, store.snapshot());
  COMITY_TRY(auto state, projection_state(*before, follower.name()));
  if (state.version != follower.version()) return Error{Code::kFeedReindex, std::string(follower.name())};
  COMITY_TRY(const auto page, store.changes(state.position, kPageBatches));
  // Taken after the page, so that it shows every row which the page names.
  COMITY_TRY(const auto view, store.snapshot());
  std::vector<FollowedEntry> entries;
  std::vector<FollowedEntry> erased;
  std::map<FeedId, SpaceId> spaces;
  const auto read = [&](ByteView place, std::vector<FollowedEntry>& into) -> Status {
    COMITY_TRY(const auto value, view->get(place));
    if (!value) return damaged(kHeaders.info(), place, "the row is missing");
    COMITY_TRY(auto stored, decode_header_row(place, *value));
    auto space = spaces.find(stored.header.feed);
    if (space == spaces.end()) {
      COMITY_TRY(const auto feed, get_feed(*view, stored.header.feed));
      space = spaces.emplace(stored.header.feed, feed.space).first;
    }
    into.push_back({std::move(stored), space->second});
    return {};
  };
  storage::Version upto = page.upto;
  for (const storage::Change& change : page.batches) {
    if (entries.size() >= kPageEntries) break;
    upto = &change == &page.batches.back() ? page.upto : change.version;
    for (const storage::ChangedKey& changed : change.keys) {
      if (changed.kind != storage::OpKind::kPut) continue;
      if (kHeaders.parse(changed.key).ok()) {
        COMITY_CHECK(read(changed.key, entries));
        continue;
      }
      const auto withheld = kWithheld.parse(changed.key);
      if (!withheld.ok()) continue;  // of another streamed table
      COMITY_TRY(const auto value, view->get(changed.key));
      if (!value) continue;  // released since
      COMITY_TRY(const auto row, decode_withheld(changed.key, *value));
      if (row.why == Withholding::kDisposed || row.why == Withholding::kExpired)
        COMITY_CHECK(read(kHeaders.key(std::get<0>(*withheld), std::get<1>(*withheld)), erased));
    }
  }
  storage::Batch batch;
  COMITY_CHECK(follower.apply(entries, *view, batch));
  if (!erased.empty()) COMITY_CHECK(follower.erase(erased, *view, batch));
  const bool wrote = !batch.empty();
  // Every commit is a change itself: an idle node would otherwise note its own notes for ever.
  const bool idle = entries.empty() && !page.more && raw(upto) - raw(state.position) < kIdleChanges;
  if (!wrote && idle) return false;
  state.position = upto;
  put_projection_state(batch, follower.name(), state);
  COMITY_CHECK(store.commit(std::move(batch), storage::Durability::kBuffered));
  // A batch of positions alone is no news.
  return page.more || upto != page.upto || wrote;
}

}  // namespace comity::feed
