// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/timeline_rows.h"

#include <algorithm>

#include "node/community/posts/timeline_table.h"
#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {

bool is_in_timeline(ContentType type) noexcept {
  return type == ContentType::kPost || type == ContentType::kUpdate;
}

Result<Hlc> decode_newest(const storage::TableInfo& table, ByteView key, const std::optional<Bytes>& value) {
  if (!value) return Hlc{0};
  COMITY_TRY(auto row, feed::RowReader::open(table, key, *value));
  const Hlc newest{row.number<std::uint64_t>()};
  if (!row.done()) return feed::damaged(table, key, "the layout is another one");
  return newest;
}

Result<TimelineRow> decode_timeline_row(ByteView key, ByteView value) {
  COMITY_TRY(const auto place, kTimeline.parse(key));
  COMITY_TRY(auto row, feed::RowReader::open(kTimeline.info(), key, value));
  TimelineRow out{.order = std::get<0>(place), .feed = std::get<1>(place), .seq = std::get<2>(place)};
  out.space = row.id<SpaceId>();
  out.user = row.id<UserId>();
  if (!row.done()) return feed::damaged(kTimeline.info(), key, "the layout is another one");
  return out;
}

Status TimelineRows::add(const TimelineEntry& entry) {
  if (!is_in_timeline(entry.type)) return {};
  const auto type = static_cast<std::uint8_t>(entry.type);
  COMITY_CHECK(raise(kSpaceNewest.info(), kSpaceNewest.key(entry.space, type), entry.order));
  const Bytes place = kTimeline.key(entry.order, entry.feed, entry.seq);
  feed::RowWriter row;
  row.bytes(entry.space.view()).bytes((entry.imported ? UserId() : entry.writer.user).view());
  rows_.put(place, std::move(row).finish(place));
  if (entry.writer.user.is_zero() || entry.imported) return {};
  const auto& [agency, user] = entry.writer;
  rows_.put(kByAuthor.key(agency, user, entry.order, entry.feed, entry.seq), {});
  return raise(kAuthorNewest.info(), kAuthorNewest.key(agency, user), entry.order);
}

Status TimelineRows::raise(const storage::TableInfo& table, Bytes key, Hlc order) {
  auto at = newest_.find(key);
  if (at == newest_.end()) {
    COMITY_TRY(const auto value, view_.get(key));
    COMITY_TRY(const Hlc held, decode_newest(table, key, value));
    at = newest_.emplace(std::move(key), held).first;
  }
  if (order <= at->second) return {};
  at->second = order;
  put_newest(at->first, order);
  return {};
}

void TimelineRows::put_newest(const Bytes& key, Hlc order) {
  feed::RowWriter row;
  row.number(raw(order));
  rows_.put(key, std::move(row).finish(key));
}

Status TimelineRows::erase(const Gone& of_agencies, const GoneInSpaces& of_spaces) {
  for (const auto& [agency, places] : of_agencies)
    COMITY_CHECK(erase_of(agency, places));
  for (const auto& [space, places] : of_spaces) {
    for (const ContentType type : {ContentType::kPost, ContentType::kUpdate})
      COMITY_CHECK(settle_space(space, type, places));
  }
  return {};
}

void TimelineRows::put_or_erase_newest(const Bytes& key, const std::optional<Hlc>& newest) {
  if (newest) {
    put_newest(key, *newest);
  } else {
    rows_.erase(key);
  }
}

Status TimelineRows::erase_of(const AgencyId& agency, const Places& gone) {
  std::set<UserId> lost;
  std::map<UserId, Hlc> kept;  // the newest that stays
  std::vector<Bytes> rows;
  const auto look = [&](ByteView key) {
    const auto place = kByAuthor.parse(key);
    if (!place.ok() || std::get<0>(*place) != agency) return;
    const auto& [of, user, order, feed, seq] = *place;
    if (!gone.contains({feed, seq})) {
      Hlc& newest = kept[user];
      newest = std::max(newest, order);
      return;
    }
    lost.insert(user);
    rows.push_back(proto::to_bytes(key));
  };
  COMITY_CHECK(view_.walk(kByAuthor.range(agency), false, [&](ByteView key, ByteView) {
    look(key);
    return true;
  }));
  // What this batch has added does not show in the view yet.
  for (std::size_t i = 0; i < rows_.op_count(); ++i) {
    if (const auto op = rows_.op(i); op.kind == storage::OpKind::kPut) look(op.key);
  }
  for (const Bytes& row : rows)
    rows_.erase(row);
  for (const UserId& user : lost) {
    const auto newest = kept.find(user);
    put_or_erase_newest(kAuthorNewest.key(agency, user),
                        newest == kept.end() ? std::nullopt : std::optional(newest->second));
  }
  return {};
}

Status TimelineRows::settle_space(const SpaceId& space, ContentType type, const Places& gone) {
  const auto number = static_cast<std::uint8_t>(type);
  std::optional<Hlc> newest;
  bool lost = false;
  // From the newest down to the first that stays.
  const auto look = [&](ByteView key) {
    const auto place = kTopics.parse(key);
    if (!place.ok() || std::get<0>(*place) != space || std::get<1>(*place) != number) return true;
    const auto& [of, kind, order, feed, seq] = *place;
    if (gone.contains({feed, seq})) {
      lost = true;
      return true;
    }
    newest = std::max(newest.value_or(order), order);
    return false;
  };
  COMITY_CHECK(
      view_.walk(kTopics.range(space, number), true, [&](ByteView key, ByteView) { return look(key); }));
  if (!lost) return {};
  for (std::size_t i = 0; i < rows_.op_count(); ++i) {
    if (const auto op = rows_.op(i); op.kind == storage::OpKind::kPut) look(op.key);
  }
  put_or_erase_newest(kSpaceNewest.key(space, number), newest);
  return {};
}

}  // namespace comity::community
