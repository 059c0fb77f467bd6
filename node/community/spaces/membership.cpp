// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/membership.h"

#include <algorithm>

#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

constexpr std::uint8_t kPersonReader = 1;
constexpr std::uint8_t kUnitReader = 2;

Bytes reader_key(const SpaceId& space, const ReaderName& who) {
  if (who.user.is_zero()) return kSpaceReaders.key(space, kUnitReader, who.unit);
  return kSpaceReaders.key(space, kPersonReader, std::string(proto::as_text(who.user.view())));
}

}  // namespace

std::string_view standing_text(Standing standing) noexcept {
  switch (standing) {
    case Standing::kOffered:
      return "offered";
    case Standing::kJoined:
      return "joined";
    case Standing::kLeft:
      return "left";
    case Standing::kRemoved:
      return "removed";
  }
  return "";
}

void put_membership(storage::Batch& rows, const SpaceId& space, const Membership& membership) {
  const Bytes key = kMemberships.key(space);
  feed::RowWriter row;
  row.number(static_cast<std::uint8_t>(membership.standing))
      .number(millis(membership.since))
      .bytes(membership.feed.view())
      .number(static_cast<std::uint8_t>(membership.readers));
  rows.put(key, std::move(row).finish(key));
}

Result<std::optional<Membership>> find_membership(const storage::View& view, const SpaceId& space) {
  const Bytes key = kMemberships.key(space);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<Membership>();
  COMITY_TRY(auto row, feed::RowReader::open(kMemberships.info(), key, *value));
  Membership out;
  const auto standing = row.number<std::uint8_t>();
  out.since = from_millis(row.number<std::uint64_t>());
  out.feed = row.id<FeedId>();
  const auto readers = row.number<std::uint8_t>();
  const bool known = (standing == 1 || standing == 2) && v1::ReaderRule_IsValid(readers) && readers != 0;
  if (!row.done() || !known) return feed::damaged(kMemberships.info(), key, "the layout is another one");
  out.standing = static_cast<Standing>(standing);
  out.readers = static_cast<v1::ReaderRule>(readers);
  return std::optional<Membership>(out);
}

void put_reader(storage::Batch& rows, const SpaceId& space, const ReaderName& who) {
  rows.put(reader_key(space, who), {});
}

void erase_reader(storage::Batch& rows, const SpaceId& space, const ReaderName& who) {
  rows.erase(reader_key(space, who));
}

Result<policy::SpaceReaders> read_readers(const storage::View& view, const SpaceId& space,
                                          v1::ReaderRule rule) {
  policy::SpaceReaders out{.rule = rule};
  COMITY_CHECK(view.walk(kSpaceReaders.range(space), false, [&](ByteView key, ByteView) {
    auto place = kSpaceReaders.parse(key);
    if (!place.ok()) return true;
    auto& who = std::get<2>(*place);
    if (std::get<1>(*place) == kUnitReader) {
      out.units.push_back(std::move(who));
    } else if (auto user = UserId::from(proto::as_bytes(who)); user.ok()) {
      out.persons.push_back(*user);
    }
    return true;
  }));
  // Names in keys end in a way that keeps their order but for zero bytes.
  std::sort(out.persons.begin(), out.persons.end());
  std::sort(out.units.begin(), out.units.end());
  return out;
}

void put_entitled(storage::Batch& rows, const FeedId& feed, const AgencyId& agency, KeyEpoch from) {
  const Bytes key = kEntitled.key(feed, agency);
  feed::RowWriter row;
  row.number(raw(from));
  rows.put(key, std::move(row).finish(key));
}

void erase_entitled(storage::Batch& rows, const FeedId& feed, const AgencyId& agency) {
  rows.erase(kEntitled.key(feed, agency));
}

Result<std::optional<KeyEpoch>> find_entitled(const storage::View& view, const FeedId& feed,
                                              const AgencyId& agency) {
  const Bytes key = kEntitled.key(feed, agency);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<KeyEpoch>();
  COMITY_TRY(auto row, feed::RowReader::open(kEntitled.info(), key, *value));
  const KeyEpoch from{row.number<std::uint64_t>()};
  if (!row.done()) return feed::damaged(kEntitled.info(), key, "the layout is another one");
  return std::optional<KeyEpoch>(from);
}

}  // namespace comity::community
