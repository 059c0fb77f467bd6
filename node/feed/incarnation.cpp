// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/incarnation.h"

#include <algorithm>

#include "node/feed/ref.h"

namespace comity::feed {
namespace {

constexpr std::size_t kMostEarlier = 64;  // as in FeedOpen.earlier

StartDecision open_new(v1::FeedOpenReason reason) {
  return {Continue::kNewFeed, reason};
}

}  // namespace

bool is_beyond(const v1::FeedHead& told, const ChainEnd& end) {
  if (told.seq() == 0) return false;
  return told.seq() > raw(end.seq) ||
         (told.seq() == raw(end.seq) && !proto::equal(proto::as_bytes(told.id()), end.id.view()));
}

StartDecision decide_start(const FeedState& feed, const StartFacts& facts, WallTime now) {
  if (feed.frozen) return open_new(v1::FEED_OPEN_REASON_FORK);
  if (facts.restored || feed.retired) return open_new(v1::FEED_OPEN_REASON_RESTORE);
  if (facts.clone_seen) return open_new(v1::FEED_OPEN_REASON_CLONE);
  if (is_ahead(feed.end.hlc, now)) return open_new(v1::FEED_OPEN_REASON_CLOCK);
  if (feed.inside) return {};
  if (facts.told && is_beyond(*facts.told, feed.end)) return open_new(v1::FEED_OPEN_REASON_RESTORE);
  if (facts.clean_start && facts.boot_matches) return {};
  if (facts.told) return {};
  if (facts.waited) return open_new(v1::FEED_OPEN_REASON_UNCONFIRMED);
  return {Continue::kAskMembers, v1::FEED_OPEN_REASON_NONE};
}

Result<std::vector<v1::FeedHead>> earlier_heads(const storage::View& view, const SpaceId& space) {
  std::vector<ChainEnd> ends;
  COMITY_CHECK(each_feed(view, [&](const FeedState& feed) {
    if (feed.own && feed.space == space) ends.push_back(feed.end);
    return true;
  }));
  std::sort(ends.begin(), ends.end(), [](const ChainEnd& a, const ChainEnd& b) { return a.hlc < b.hlc; });
  if (ends.size() > kMostEarlier) ends.erase(ends.begin(), ends.end() - kMostEarlier);
  std::vector<v1::FeedHead> heads;
  for (const ChainEnd& end : ends) {
    v1::FeedHead& head = heads.emplace_back();
    // By refs: not all who read the next one could read this one.
    head.set_feed(field(crypto::tagged_hash("feed-ref", {end.feed.view()}).view()));
    head.set_seq(raw(end.seq));
    head.set_id(field(ref_of(end.id).view()));
  }
  return heads;
}

}  // namespace comity::feed
