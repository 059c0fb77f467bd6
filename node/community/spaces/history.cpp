// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/history.h"

#include <algorithm>

#include "node/feed/feed_state.h"
#include "node/feed/hlc.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::community {
namespace {

using proto::KeyEpoch;
using proto::raw;
using proto::Result;
using proto::Seq;

constexpr std::size_t kOpening = 16;
constexpr std::size_t kPage = 500;

// Whether there is nothing yet but what opens a feed.
Result<bool> is_new(const feed::FeedReader& reader, const feed::FeedState& feed) {
  if (raw(feed.end.seq) > kOpening) return false;
  COMITY_TRY(const auto headers, reader.headers(feed.feed(), Seq{1}, kOpening));
  return std::none_of(headers.begin(), headers.end(), [](const feed::StoredHeader& stored) {
    return stored.header.kind == v1::KIND_CONTENT;
  });
}

// The first entry whose clock is not before `since`; one beyond the end when there is none.
Result<Seq> first_at(const feed::FeedReader& reader, const feed::FeedState& feed, feed::WallTime since) {
  std::uint64_t low = 1;
  std::uint64_t high = raw(feed.end.seq) + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    COMITY_TRY(const auto stored, reader.header(feed.feed(), Seq{middle}));
    if (feed::hlc_time(stored.header.hlc) < since) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return Seq{low};
}

// The epoch that was open just before `seq`; 0: none.
Result<KeyEpoch> epoch_before(const feed::FeedReader& reader, const feed::FeedState& feed, Seq seq) {
  for (Seq at = seq; at > Seq{1};) {
    at = Seq{raw(at) - 1};
    COMITY_TRY(const auto stored, reader.header(feed.feed(), at));
    if (stored.header.key_epoch != KeyEpoch{0}) return stored.header.key_epoch;
  }
  return KeyEpoch{0};
}

}  // namespace

Result<HistoryStart> history_start(const feed::FeedReader& reader, const feed::FeedState& feed,
                                   v1::HistoryRule rule, feed::WallTime since) {
  const HistoryStart nothing{feed::next(feed.end.seq), KeyEpoch{raw(feed.epoch) + 1}};
  COMITY_TRY(const bool fresh, is_new(reader, feed));
  if (fresh || rule == v1::HISTORY_RULE_ALL) return HistoryStart{};
  if (rule != v1::HISTORY_RULE_SINCE) return nothing;

  COMITY_TRY(Seq seq, first_at(reader, feed, since));
  COMITY_TRY(const KeyEpoch open, epoch_before(reader, feed, seq));
  while (seq <= feed.end.seq) {
    COMITY_TRY(const auto page, reader.headers(feed.feed(), seq, kPage));
    if (page.empty()) break;
    for (const feed::StoredHeader& stored : page) {
      if (stored.header.key_epoch > open) return HistoryStart{stored.header.seq, stored.header.key_epoch};
    }
    seq = feed::next(page.back().header.seq);
  }
  return nothing;
}

Result<std::optional<Seq>> earlier_start(const feed::FeedReader& reader, const feed::FeedState& feed,
                                         const proto::AgencyId& agency) {
  for (Seq at = feed.end.audience_seq; at != Seq{0};) {
    COMITY_TRY(const auto stored, reader.header(feed.feed(), at));
    COMITY_TRY(const auto body, reader.body(stored.header));
    COMITY_TRY(const auto audience, proto::decode<v1::Audience>(body, proto::bounds::kSealedBodyBytes));
    for (const v1::AudienceMember& member : audience.member()) {
      if (proto::equal(proto::as_bytes(member.agency()), agency.view()))
        return std::optional(Seq{member.from_seq()});
    }
    at = stored.header.audience_seq;
  }
  return std::optional<Seq>();
}

}  // namespace comity::community
