// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/reading.h"

#include <algorithm>

#include "node/community/tables.h"
#include "node/feed/feed_state.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

bool covers(const ReadPosition& position, const FeedId& feed, Seq seq) {
  const auto at = position.find(feed);
  return at != position.end() && seq <= at->second;
}

struct ReadRow {
  std::uint64_t count = 0;
  std::uint64_t erased = 0;
};
Result<ReadRow> decode_read(ByteView key, ByteView value) {
  COMITY_TRY(auto row, feed::RowReader::open(kReadCounts.info(), key, value));
  const ReadRow out{.count = row.number<std::uint64_t>(), .erased = row.number<std::uint64_t>()};
  if (!row.done()) return feed::damaged(kReadCounts.info(), key, "the layout is another one");
  return out;
}

/// Shows all rows of a range until one is damaged.
template <class See>
Status each(const storage::View& view, const storage::Range& range, See see) {
  Status status;
  COMITY_CHECK(view.walk(range, false, [&](ByteView key, ByteView value) {
    status = see(key, value);
    return status.ok();
  }));
  return status;
}

}  // namespace

Result<const SpaceSight*> Reading::enter(const SpaceId& space) const {
  const SpaceSight* const sight = sights_.find(space);
  if (sight == nullptr || !sight->open || !policy::admits(sight->readers, reader_))
    return Error{Code::kSpaceUnknown, {}};
  return sight;
}

bool Reading::sees(const SpaceSight& space, const AgencyId& agency, const ReaderSet& set,
                   const Channel& channel) const {
  if (sights_.hidden(agency)) return false;
  if (set.is_zero()) return space.kind != v1::SPACE_KIND_CIRCLE;
  return std::binary_search(channel.users.begin(), channel.users.end(), user_);
}

Result<Channel> Reading::channel_of(const SpaceId& space, const ChannelId& id) const {
  const Bytes key = kChannels.key(space, id.first, id.second);
  COMITY_TRY(const auto value, view_.get(key));
  if (!value) return Channel();
  return decode_channel(key, *value);
}

Result<AgencyId> Reading::agency_of(const FeedId& feed) {
  auto at = agencies_.find(feed);
  if (at == agencies_.end()) {
    COMITY_TRY(const auto state, feed::get_feed(view_, feed));
    at = agencies_.emplace(feed, state.agency()).first;
  }
  return at->second;
}

Result<bool> Reading::sees(const SpaceSight& space, const ThreadRow& row) {
  COMITY_TRY(const AgencyId agency, agency_of(row.feed));
  const ChannelId id{agency, row.readers};
  auto at = seen_.find({space.id, id});
  if (at == seen_.end()) {
    Channel channel;
    if (!row.readers.is_zero()) {
      COMITY_TRY(channel, channel_of(space.id, id));
    }
    at = seen_.emplace(std::pair(space.id, id), sees(space, agency, row.readers, channel)).first;
  }
  return at->second;
}

Result<const ReadPosition*> Reading::position(const SpaceId& space, const EntryRef& thread) {
  auto at = positions_.find({space, thread});
  if (at == positions_.end()) {
    COMITY_TRY(auto held, read_position(view_, space, thread, user_));
    at = positions_.emplace(std::pair(space, thread), std::move(held)).first;
  }
  return &at->second;
}

Result<bool> Reading::has_read(const SpaceId& space, const EntryRef& thread, const FeedId& feed, Seq seq) {
  if (reader_.kind != Reader::Kind::kPerson) return false;
  COMITY_TRY(const ReadPosition* const whole, position(space, EntryRef()));
  if (covers(*whole, feed, seq)) return true;
  COMITY_TRY(const ReadPosition* const here, position(space, thread));
  return covers(*here, feed, seq);
}

Result<bool> Reading::is_unread(const SpaceId& space, const EntryRef& thread, const ThreadRow& row) {
  if (reader_.kind != Reader::Kind::kPerson || !row.counted) return false;
  COMITY_TRY(const AgencyId agency, agency_of(row.feed));
  if (agency == sights_.self && row.user == user_) return false;
  const SpaceSight* const sight = sights_.find(space);
  if (sight == nullptr) return false;
  COMITY_TRY(const bool visible, sees(*sight, row));
  if (!visible) return false;
  COMITY_TRY(const bool read, has_read(space, thread, row.feed, row.seq));
  return !read;
}

Result<ThreadCount> Reading::thread(const SpaceId& space, const EntryRef& thread) {
  ThreadCount out;
  COMITY_TRY(const SpaceSight* const sight, enter(space));
  std::size_t looked = 0;
  Status status;
  COMITY_CHECK(view_.walk(kByThread.range(space, thread), true, [&](ByteView key, ByteView value) {
    status = [&]() -> Status {
      COMITY_TRY(const auto row, decode_thread_row(key, value));
      if (!row.counted) return {};
      COMITY_TRY(const bool visible, sees(*sight, row));
      if (!visible) return {};
      ++out.entries;
      if (!out.newest) out.newest = row.order;
      COMITY_TRY(const bool unread, is_unread(space, thread, row));
      out.unread += unread ? 1U : 0U;
      return {};
    }();
    return status.ok() && ++looked < kMostInThread;
  }));
  COMITY_CHECK(status);
  return out;
}

Result<std::uint64_t> Reading::recount(const SpaceSight& space, const ChannelId& channel) {
  std::uint64_t read = 0;
  COMITY_CHECK(each(view_, kByThread.range(space.id), [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto place, kByThread.parse(key));
    COMITY_TRY(const auto row, decode_thread_row(key, value));
    if (!row.counted || row.readers != channel.second) return {};
    COMITY_TRY(const AgencyId agency, agency_of(row.feed));
    if (agency != channel.first || (agency == sights_.self && row.user == user_)) return {};
    COMITY_TRY(const bool is, has_read(space.id, std::get<1>(place), row.feed, row.seq));
    read += is ? 1U : 0U;
    return {};
  }));
  return read;
}

Result<std::map<SpaceId, std::uint64_t>> Reading::unread() {
  std::map<SpaceId, std::uint64_t> out;
  if (reader_.kind != Reader::Kind::kPerson) return out;
  Counts own;
  COMITY_CHECK(each(view_, kOwnEntries.range(user_), [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto place, kOwnEntries.parse(key));
    COMITY_TRY(own[std::pair(std::get<1>(place), ChannelId(sights_.self, std::get<2>(place)))],
               decode_own(key, value));
    return {};
  }));
  std::map<std::pair<SpaceId, ChannelId>, Read> read;
  COMITY_CHECK(each(view_, kReadCounts.range(user_), [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto place, kReadCounts.parse(key));
    COMITY_TRY(const auto row, decode_read(key, value));
    read[std::pair(std::get<1>(place), ChannelId(std::get<2>(place), std::get<3>(place)))] = {row.count,
                                                                                              row.erased};
    return {};
  }));
  std::vector<SpaceId> open;
  for (const auto& [id, sight] : sights_.spaces) {
    if (sight.open && policy::admits(sight.readers, reader_)) open.push_back(id);
  }
  std::vector<SpaceId> of_interest;
  for (const auto& [at, row] : read) {
    if (of_interest.empty() || of_interest.back() != at.first) of_interest.push_back(at.first);
  }
  COMITY_TRY(const auto erased, erasures(view_, of_interest));
  // Their rows lie together: one walk costs far less than one for each space.
  const SpaceSight* space = nullptr;
  COMITY_CHECK(each(view_, kChannels.range(), [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto place, kChannels.parse(key));
    const SpaceId& id = std::get<0>(place);
    if (space == nullptr || space->id != id) {
      if (!std::binary_search(open.begin(), open.end(), id)) return {};
      space = sights_.find(id);
    }
    COMITY_TRY(const Channel channel, decode_channel(key, value));
    const ChannelId at{std::get<1>(place), std::get<2>(place)};
    if (!sees(*space, at.first, at.second, channel)) return {};
    std::uint64_t done = 0;
    if (const auto found = read.find({id, at}); found != read.end()) {
      done = found->second.count;
      const auto of_space = erased.find(id);
      // What was read may be among what was erased.
      if (found->second.erased != (of_space == erased.end() ? 0 : of_space->second)) {
        COMITY_TRY(done, recount(*space, at));
      }
    }
    if (const auto found = own.find({id, at}); found != own.end()) done += found->second;
    if (channel.count > done) out[id] += channel.count - done;
    return {};
  }));
  return out;
}

Status Reading::add_read(storage::Batch& rows, const SpaceId& space, const ChannelId& channel,
                         std::uint64_t more, bool whole) {
  COMITY_TRY(const std::uint64_t erased, erasures(view_, space));
  const Bytes key = kReadCounts.key(user_, space, channel.first, channel.second);
  COMITY_TRY(const auto before, view_.get(key));
  before ? rows.expect_equal(key, *before) : rows.expect_absent(key);
  std::uint64_t count = more;
  if (before && !whole) {
    COMITY_TRY(const auto held, decode_read(key, *before));
    count += held.count;
    if (held.erased != erased) {
      COMITY_TRY(const SpaceSight* const sight, enter(space));
      COMITY_TRY(const std::uint64_t counted, recount(*sight, channel));
      count = counted + more;
    }
  }
  feed::RowWriter row;
  row.number(count).number(erased);
  rows.put(key, std::move(row).finish(key));
  return {};
}

Result<storage::Batch> Reading::mark_thread(const SpaceId& space, const EntryRef& thread) {
  COMITY_CHECK(enter(space));
  storage::Batch rows;
  std::map<ChannelId, std::uint64_t> more;
  COMITY_TRY(const ReadPosition* const before, position(space, thread));
  ReadPosition after = *before;
  COMITY_CHECK(each(view_, kByThread.range(space, thread), [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto row, decode_thread_row(key, value));
    COMITY_TRY(const AgencyId agency, agency_of(row.feed));
    // Who is suspended is not read meanwhile.
    if (!row.counted || sights_.hidden(agency)) return {};
    COMITY_TRY(const bool unread, is_unread(space, thread, row));
    if (unread) ++more[{agency, row.readers}];
    Seq& seq = after[row.feed];
    seq = std::max(seq, row.seq);
    return {};
  }));
  for (const auto& [channel, count] : more) {
    COMITY_CHECK(add_read(rows, space, channel, count, false));
  }
  if (after != *before) COMITY_CHECK(put_read_position(view_, rows, space, thread, user_, after));
  return rows;
}

Result<storage::Batch> Reading::mark_space(const SpaceId& space) {
  COMITY_TRY(const SpaceSight* const sight, enter(space));
  storage::Batch rows;
  COMITY_TRY(const ReadPosition* const before, position(space, EntryRef()));
  ReadPosition after = *before;
  // What is stored and not counted yet stays unread, so the feeds' own ends are of no use here.
  COMITY_CHECK(each(view_, kByThread.range(space), [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto row, decode_thread_row(key, value));
    COMITY_TRY(const AgencyId agency, agency_of(row.feed));
    if (!row.counted || sights_.hidden(agency)) return {};
    Seq& seq = after[row.feed];
    seq = std::max(seq, row.seq);
    return {};
  }));
  COMITY_CHECK(each(view_, kChannels.range(space), [&](ByteView key, ByteView value) -> Status {
    COMITY_TRY(const auto place, kChannels.parse(key));
    COMITY_TRY(const Channel channel, decode_channel(key, value));
    const ChannelId at{std::get<1>(place), std::get<2>(place)};
    if (!sees(*sight, at.first, at.second, channel)) return {};
    std::uint64_t own = 0;
    if (at.first == sights_.self) {
      const Bytes own_key = kOwnEntries.key(user_, space, at.second);
      COMITY_TRY(const auto held, view_.get(own_key));
      if (held) {
        COMITY_TRY(own, decode_own(own_key, *held));
      }
    }
    return add_read(rows, space, at, channel.count - std::min(channel.count, own), true);
  }));
  if (after != *before) COMITY_CHECK(put_read_position(view_, rows, space, EntryRef(), user_, after));
  return rows;
}

}  // namespace comity::community
