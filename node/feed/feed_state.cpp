// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/feed_state.h"

#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "proto/decode.h"

namespace comity::feed {
namespace {

enum Flag : std::uint8_t { kOwn = 1, kInside = 2, kRekey = 4, kClosed = 8, kRetired = 16 };
constexpr std::size_t kLabelBytes = 1024;

std::uint8_t flags_of(const FeedState& state) {
  return static_cast<std::uint8_t>((state.own ? kOwn : 0) | (state.inside ? kInside : 0) |
                                   (state.rekey ? kRekey : 0) | (state.end.closed ? kClosed : 0) |
                                   (state.retired ? kRetired : 0));
}

}  // namespace

Bytes encode(const FeedState& state) {
  RowWriter row;
  row.bytes(state.agency().view()).bytes(state.space.view()).bytes(state.incarnation.view());
  row.number(raw(state.end.seq)).bytes(state.end.id.view()).number(raw(state.end.hlc));
  row.number(raw(state.end.audience_seq)).bytes(state.end.audience_id.view());
  row.number(flags_of(state))
      .number(state.frozen ? static_cast<std::uint16_t>(*state.frozen) : std::uint16_t{0});
  row.number(raw(state.epoch)).number(millis(state.epoch_since)).number(state.epoch_count);
  row.bytes(proto::encode(policy::to_message(state.ceiling)));
  return std::move(row).finish(kFeeds.key(state.feed()));
}

Result<FeedState> decode_feed_state(ByteView key, ByteView value) {
  COMITY_TRY(const auto parsed, kFeeds.parse(key));
  COMITY_TRY(auto row, RowReader::open(kFeeds.info(), key, value));
  FeedState state;
  state.end.feed = std::get<0>(parsed);
  state.end.agency = row.id<AgencyId>();
  state.space = row.id<SpaceId>();
  state.incarnation = row.id<Incarnation>();
  state.end.seq = Seq{row.number<std::uint64_t>()};
  state.end.id = row.id<EntryId>();
  state.end.hlc = Hlc{row.number<std::uint64_t>()};
  state.end.audience_seq = Seq{row.number<std::uint64_t>()};
  state.end.audience_id = row.id<EntryId>();
  const auto flags = row.number<std::uint8_t>();
  state.own = (flags & kOwn) != 0;
  state.inside = (flags & kInside) != 0;
  state.retired = (flags & kRetired) != 0;
  state.rekey = (flags & kRekey) != 0;
  state.end.closed = (flags & kClosed) != 0;
  const auto frozen = row.number<std::uint16_t>();
  if (frozen != 0) state.frozen = proto::code_from_number(frozen).value_or(Code::kUnknown);
  state.epoch = KeyEpoch{row.number<std::uint64_t>()};
  state.epoch_since = from_millis(row.number<std::uint64_t>());
  state.epoch_count = row.number<std::uint32_t>();
  const auto message = proto::decode<v1::Label>(row.rest(), kLabelBytes);
  if (!message.ok() || !row.done()) return damaged(kFeeds.info(), key, "the layout is another one");
  COMITY_TRY(state.ceiling, policy::label_from(*message));
  return state;
}

Result<std::optional<FeedState>> find_feed(const storage::View& view, const FeedId& feed) {
  const Bytes key = kFeeds.key(feed);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<FeedState>();
  COMITY_TRY(auto state, decode_feed_state(key, *value));
  return std::optional<FeedState>(std::move(state));
}

Result<FeedState> get_feed(const storage::View& view, const FeedId& feed) {
  COMITY_TRY(auto state, find_feed(view, feed));
  if (!state) return Error{Code::kFeedUnknown, feed.hex()};
  return *std::move(state);
}

Status each_feed(const storage::View& view, const std::function<bool(const FeedState&)>& visit) {
  Status status;
  COMITY_CHECK(view.walk(kFeeds.range(), false, [&](ByteView key, ByteView value) {
    auto state = decode_feed_state(key, value);
    if (!state.ok()) {
      status = state.error();
      return false;
    }
    return visit(*state);
  }));
  return status;
}

}  // namespace comity::feed
