// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/continuation.h"

#include <algorithm>
#include <utility>

namespace comity::daemon {

using feed::FeedState;
using proto::Code;
using proto::Error;
using proto::FeedId;
using proto::Result;
using proto::Seq;
using proto::SpaceId;
using proto::Status;

Result<FeedState> Continuation::state(const FeedId& feed) const {
  COMITY_TRY(const auto view, setup_.store.snapshot());
  return feed::get_feed(*view, feed);
}

Status Continuation::begin() {
  COMITY_TRY(const auto view, setup_.store.snapshot());
  const auto current = setup_.current();
  std::vector<FeedState> own;
  COMITY_CHECK(feed::each_feed(*view, [&](const FeedState& feed) {
    if (feed.own && !doubts_.contains(feed.feed())) own.push_back(feed);
    return true;
  }));
  for (const FeedState& feed : own) {
    const auto at = current.find(feed.feed());
    if (at != current.end()) {
      judge(feed, at->second);
    } else if (setup_.restored && !feed.inside && !feed.retired && !feed.frozen) {
      // Of a space that was left, or joined by half: what is lost of it comes back all the same.
      replace(feed.feed(), SpaceId(), v1::FEED_OPEN_REASON_RESTORE, false);
    }
  }
  return {};
}

Status Continuation::restored() {
  if (std::exchange(setup_.restored, true)) return {};
  return begin();
}

void Continuation::judge(const FeedState& feed, const SpaceId& space) {
  const auto decision =
      feed::decide_start(feed, {.restored = setup_.restored, .clean_start = setup_.clean}, setup_.now());
  switch (decision.how) {
    case feed::Continue::kSameFeed:
      return;
    case feed::Continue::kAskMembers:
      setup_.writer.hold(feed.feed());
      doubts_[feed.feed()] = {.space = space};
      return;
    case feed::Continue::kNewFeed:
      // One that was never shown to anybody is held by nobody else.
      replace(feed.feed(), space, decision.reason,
              feed.end.audience_seq != Seq{0} && decision.reason == v1::FEED_OPEN_REASON_RESTORE);
      return;
  }
}

void Continuation::replace(const FeedId& feed, const SpaceId& space, v1::FeedOpenReason reason, bool wait) {
  Doubt& doubt = doubts_[feed];
  doubt = {.space = space, .stage = Stage::kRetiring, .reason = reason, .wanted = doubt.wanted, .wait = wait};
  setup_.writer.retire(feed, [this, feed](const Status& retired) {
    // Nothing more is taken of one that is frozen: there is nothing to wait for.
    if (!retired.ok() && retired.error().code == Code::kFeedFrozen) return open_next(feed);
    if (retired.ok()) return is_retired(feed);
    doubts_.erase(feed);
    setup_.failed(feed, retired.error());
  });
}

void Continuation::is_retired(const FeedId& feed) {
  const auto at = doubts_.find(feed);
  if (at == doubts_.end()) return;
  setup_.retired(feed);
  at->second.stage = Stage::kPulling;
  if (!at->second.wait) return open_next(feed);
  after(kRecoveryWait, feed, Stage::kPulling, [this, feed] { open_next(feed); });
}

void Continuation::open_next(const FeedId& feed) {
  const auto at = doubts_.find(feed);
  if (at == doubts_.end()) return;
  Doubt& doubt = at->second;
  doubt.stage = Stage::kOpening;
  if (doubt.space.is_zero()) {
    setup_.writer.give_up(feed, {Code::kFeedClosed, feed.hex()});
    doubts_.erase(at);
    return;
  }
  setup_.reopen(doubt.space, doubt.reason, [this, feed, reason = doubt.reason](Result<FeedId> next) {
    if (!next.ok()) return not_opened(feed, next.error());
    doubts_.erase(feed);
    setup_.writer.move_on(feed, *next);
    setup_.writer.flush();
    setup_.opened(feed, *next, reason);
  });
  setup_.writer.flush();
}

// Without a next feed nothing can be written in the space, and no agency be taken from its audience.
void Continuation::not_opened(const FeedId& feed, const Error& error) {
  const auto at = doubts_.find(feed);
  if (at == doubts_.end()) return;
  setup_.writer.give_up(feed, error);
  if (std::exchange(at->second.why, error.code) != error.code) setup_.failed(feed, error);
  if (!setup_.current().contains(feed)) {
    doubts_.erase(at);
    return;
  }
  at->second.stage = Stage::kRefused;
  after(kOpenAgain, feed, Stage::kRefused, [this, feed] { open_next(feed); });
}

void Continuation::try_again() {
  std::vector<FeedId> refused;
  for (const auto& [feed, doubt] : doubts_) {
    if (doubt.stage == Stage::kRefused) refused.push_back(feed);
  }
  for (const FeedId& feed : refused)
    open_next(feed);
}

void Continuation::after(std::chrono::milliseconds span, const FeedId& feed, Stage stage,
                         std::function<void()> then) {
  setup_.later(span, [this, feed, stage, then = std::move(then)] {
    const auto at = doubts_.find(feed);
    if (at != doubts_.end() && at->second.stage == stage) then();
  });
}

void Continuation::told(const FeedId& feed, const v1::FeedHead& head) {
  const auto at = doubts_.find(feed);
  if (at == doubts_.end()) return;
  const auto held = state(feed);
  if (!held.ok() || feed::is_beyond(head, held->end)) return;
  if (at->second.stage == Stage::kPulling) return open_next(feed);
  if (at->second.stage != Stage::kHeld && at->second.stage != Stage::kAsking) return;
  doubts_.erase(at);
  setup_.writer.resume(feed);
}

void Continuation::ahead(const FeedId& feed, const v1::FeedHead& head) {
  const auto at = doubts_.find(feed);
  if (at != doubts_.end()) {
    at->second.wanted = std::max(at->second.wanted, Seq{head.seq()});
    const bool running = at->second.stage == Stage::kHeld || at->second.stage == Stage::kAsking;
    if (running) replace(feed, at->second.space, v1::FEED_OPEN_REASON_RESTORE, true);
    return;
  }
  const auto held = state(feed);
  if (!held.ok() || held->retired) return;
  const auto current = setup_.current();
  const auto place = current.find(feed);
  doubts_[feed].wanted = Seq{head.seq()};
  replace(feed, place == current.end() ? SpaceId() : place->second, v1::FEED_OPEN_REASON_RESTORE, true);
}

void Continuation::came_back(std::span<const feed::Appended> entries) {
  for (const feed::Appended& entry : entries) {
    const auto at = doubts_.find(entry.feed);
    if (at == doubts_.end() || at->second.stage != Stage::kPulling) continue;
    if (at->second.wanted != Seq{0} && entry.seq >= at->second.wanted) open_next(entry.feed);
  }
}

void Continuation::waits(const FeedId& feed) {
  const auto at = doubts_.find(feed);
  if (at == doubts_.end() || at->second.stage != Stage::kHeld) return;
  at->second.stage = Stage::kAsking;
  after(feed::kConfirmWait, feed, Stage::kAsking,
        [this, feed] { replace(feed, doubts_.at(feed).space, v1::FEED_OPEN_REASON_UNCONFIRMED, false); });
}

void Continuation::clock_ahead(const FeedId& feed) {
  if (doubts_.contains(feed)) return;
  const auto current = setup_.current();
  const auto place = current.find(feed);
  replace(feed, place == current.end() ? SpaceId() : place->second, v1::FEED_OPEN_REASON_CLOCK, false);
}

}  // namespace comity::daemon
