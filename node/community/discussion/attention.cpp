// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/attention.h"

#include <array>
#include <set>

#include "node/community/discussion/levels_table.h"
#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

constexpr std::uint8_t kLevel = 1;
constexpr std::uint8_t kPosition = 2;
constexpr std::uint8_t kSeen = 3;
constexpr std::uint8_t kErasures = 4;
constexpr std::size_t kMostLevels = 100'000;
// 40 bytes each: far below the bound of a value.
constexpr std::size_t kMostFeeds = 4096;
constexpr std::array<std::string_view, 5> kTexts{"", "muted", "mentions", "normal", "watching"};

Result<std::optional<feed::RowReader>> row_at(const storage::View& view, const Bytes& key,
                                              std::optional<Bytes>& value) {
  COMITY_TRY(value, view.get(key));
  if (!value) return std::optional<feed::RowReader>();
  COMITY_TRY(auto row, feed::RowReader::open(kAttention.info(), key, *value));
  return std::optional(std::move(row));
}

}  // namespace

std::string_view watch_level_text(WatchLevel level) noexcept {
  const auto number = static_cast<std::size_t>(level);
  return number < kTexts.size() ? kTexts.at(number) : kTexts[0];
}

Result<WatchLevel> parse_watch_level(std::string_view text) {
  for (std::size_t i = 1; i < kTexts.size(); ++i) {
    if (kTexts.at(i) == text) return static_cast<WatchLevel>(i);
  }
  return Error{Code::kWatchRule, {}};
}

storage::Batch watch(const SpaceId& space, const EntryRef& thread, const UserId& user, WatchLevel level) {
  storage::Batch rows;
  const Bytes key = kAttention.key(space, kLevel, thread, user);
  feed::RowWriter row;
  row.number(static_cast<std::uint8_t>(level));
  rows.put(key, std::move(row).finish(key));
  if (!thread.is_zero()) return rows;
  const Bytes of_user = kSpaceLevels.key(user, space);
  feed::RowWriter same;
  same.number(static_cast<std::uint8_t>(level));
  rows.put(of_user, std::move(same).finish(of_user));
  return rows;
}

Result<WatchLevel> watch_level(const storage::View& view, const SpaceId& space, const EntryRef& thread,
                               const UserId& user) {
  std::optional<Bytes> value;
  COMITY_TRY(auto row, row_at(view, kAttention.key(space, kLevel, thread, user), value));
  return row ? static_cast<WatchLevel>(row->number<std::uint8_t>()) : WatchLevel::kNone;
}

Result<std::map<SpaceId, WatchLevel>> watch_levels(const storage::View& view, std::span<const SpaceId> spaces,
                                                   const UserId& user) {
  std::map<SpaceId, WatchLevel> out;
  const std::set<SpaceId> wanted(spaces.begin(), spaces.end());
  Status status;
  COMITY_CHECK(view.walk(kSpaceLevels.range(user), false, [&](ByteView key, ByteView value) {
    const auto place = kSpaceLevels.parse(key);
    auto row = feed::RowReader::open(kSpaceLevels.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    if (wanted.contains(std::get<1>(*place)))
      out[std::get<1>(*place)] = static_cast<WatchLevel>(row->number<std::uint8_t>());
    return out.size() < kMostLevels;
  }));
  COMITY_CHECK(status);
  return out;
}

Result<WatchLevels> watch_levels(const storage::View& view, const SpaceId& space) {
  WatchLevels out;
  Status status;
  COMITY_CHECK(view.walk(kAttention.range(space, kLevel), false, [&](ByteView key, ByteView value) {
    const auto place = kAttention.parse(key);
    auto row = feed::RowReader::open(kAttention.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    out[{std::get<2>(*place), std::get<3>(*place)}] = static_cast<WatchLevel>(row->number<std::uint8_t>());
    return out.size() < kMostLevels;
  }));
  COMITY_CHECK(status);
  return out;
}

Result<ReadPosition> read_position(const storage::View& view, const SpaceId& space, const EntryRef& thread,
                                   const UserId& user) {
  ReadPosition out;
  std::optional<Bytes> value;
  const Bytes key = kAttention.key(space, kPosition, thread, user);
  COMITY_TRY(auto row, row_at(view, key, value));
  if (!row) return out;
  constexpr std::size_t kOne = FeedId::kSize + sizeof(std::uint64_t);
  ByteView rest = row->rest();
  if (rest.size() % kOne != 0) return feed::damaged(kAttention.info(), key, "the layout is another one");
  for (; !rest.empty(); rest = rest.subspan(kOne))
    out[FeedId::from(rest.first(FeedId::kSize)).value()] =
        Seq{proto::from_be<std::uint64_t>(rest.subspan(FeedId::kSize))};
  return out;
}

Status put_read_position(const storage::View& view, storage::Batch& rows, const SpaceId& space,
                         const EntryRef& thread, const UserId& user, const ReadPosition& position) {
  if (position.size() > kMostFeeds) return Error{Code::kStoreBounds, "feeds"};
  const Bytes key = kAttention.key(space, kPosition, thread, user);
  COMITY_TRY(const auto before, view.get(key));
  before ? rows.expect_equal(key, *before) : rows.expect_absent(key);
  feed::RowWriter row;
  for (const auto& [feed, seq] : position)
    row.bytes(feed.view()).number(raw(seq));
  rows.put(key, std::move(row).finish(key));
  return {};
}

Result<std::map<SpaceId, std::uint64_t>> erasures(const storage::View& view,
                                                  std::span<const SpaceId> spaces) {
  std::vector<Bytes> keys;
  for (const SpaceId& space : spaces)
    keys.push_back(kAttention.key(space, kErasures, EntryRef(), UserId()));
  COMITY_TRY(const auto values, view.get_all(keys));
  std::map<SpaceId, std::uint64_t> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    COMITY_TRY(auto row, feed::RowReader::open(kAttention.info(), keys[i], *values[i]));
    out[spaces[i]] = row.number<std::uint64_t>();
  }
  return out;
}

Result<std::uint64_t> erasures(const storage::View& view, const SpaceId& space) {
  COMITY_TRY(const auto all, erasures(view, std::span(&space, 1)));
  return all.empty() ? 0 : all.begin()->second;
}

void put_erasures(storage::Batch& rows, const SpaceId& space, std::uint64_t count) {
  const Bytes key = kAttention.key(space, kErasures, EntryRef(), UserId());
  feed::RowWriter row;
  row.number(count);
  rows.put(key, std::move(row).finish(key));
}

Result<std::uint64_t> notices_seen(const storage::View& view, const UserId& user) {
  std::optional<Bytes> value;
  COMITY_TRY(auto row, row_at(view, kAttention.key(SpaceId(), kSeen, EntryRef(), user), value));
  return row ? row->number<std::uint64_t>() : 0;
}

storage::Batch see_notices(const UserId& user, std::uint64_t received) {
  storage::Batch rows;
  const Bytes key = kAttention.key(SpaceId(), kSeen, EntryRef(), user);
  feed::RowWriter row;
  row.number(received);
  rows.put(key, std::move(row).finish(key));
  return rows;
}

}  // namespace comity::community
