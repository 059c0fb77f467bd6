// SPDX-License-Identifier: EUPL-1.2
// Whom each feed is asked of.
#include "node/federation/sync/sync.h"

namespace comity::federation {

// Negative: it cannot be asked. The author first; then whoever holds more; then whoever is asked already.
int Sync::score(const Link& link, const FeedId& feed, const BookFeed* known, const Pursuit& pursuit) const {
  const auto offer = link.offers.find(feed);
  if (!link.heard || offer == link.offers.end()) return -1;
  const auto refused = link.refused.find(feed);
  if (refused != link.refused.end() && setup_.now() < refused->second) return -1;
  const Seq end = known == nullptr ? Seq{0} : known->state.end.seq;
  const bool more = offer->second.seq > end;
  const bool own = known != nullptr && known->state.own;
  if (!own && quotas_.used_up(link.peer, setup_.now())) return -1;
  if (known != nullptr && !more && !known->knows(link.peer)) return -1;
  if (end != Seq{0} && offer->second.have_from > feed::next(end)) return -1;
  const bool author =
      known != nullptr ? known->state.agency() == link.peer : pursuit.learned && pursuit.author == link.peer;
  return (author ? 8 : 0) + (more ? 4 : 0) + (pursuit.link == link.serial ? 2 : 0) +
         (offer->second.have_from <= Seq{1} ? 1 : 0);
}

void Sync::consider(const FeedId& feed) {
  const BookFeed* const known = book_.find(feed);
  if (known != nullptr && (!known->is_followed() || known->state.frozen)) return;
  const auto at = pursuits_.find(feed);
  const Pursuit now = at == pursuits_.end() ? Pursuit() : at->second;
  if (setup_.now() < now.retry) return;
  if (now.learned && now.author != setup_.self && quotas_.used_up(now.author, setup_.now())) return;
  Link* best = nullptr;
  int most = -1;
  for (const auto& [peer, link] : links_) {
    const int points = score(*link, feed, known, now);
    if (points <= most) continue;
    most = points;
    best = link.get();
  }
  if (best == nullptr || best->serial == now.link) return;
  const Link* const current = find(now.source, now.link);
  if (current != nullptr && score(*current, feed, known, now) >= most) return;
  const Seq end = known == nullptr ? Seq{0} : known->state.end.seq;
  ask(*best, feed, pursuits_[feed], std::max(now.expected, feed::next(end)));
}

void Sync::consider_all() {
  std::set<FeedId> feeds;
  for (const auto& [peer, link] : links_) {
    for (const auto& [feed, row] : link->offers)
      feeds.insert(feed);
  }
  for (const FeedId& feed : feeds)
    consider(feed);
}

void Sync::ask(Link& link, const FeedId& feed, Pursuit& pursuit, Seq from) {
  if (pursuit.link != link.serial) stop(feed, pursuit);
  pursuit.source = link.peer;
  pursuit.link = link.serial;
  // What was on its way before this request does not connect.
  pursuit.discarding = link.asked.contains(feed);
  pursuit.strays = 0;
  pursuit.expected = from;
  pursuit.behind = {};
  const auto offer = link.offers.find(feed);
  pursuit.claimed = offer == link.offers.end() ? Seq{0} : offer->second.seq;
  const bool many = raw(pursuit.claimed) > raw(from) + kBackfillFrom;

  v1::Want want;
  want.set_feed(feed::field(feed.view()));
  want.set_from(raw(from));
  want.set_live(true);
  want.set_lane(many ? v1::LANE_BACKFILL : v1::LANE_LIVE);
  link.asked.insert(feed);
  link.wants[feed] = std::move(want);
  send_small(link);
}

void Sync::stop(const FeedId& feed, Pursuit& pursuit) {
  Link* const link = find(pursuit.source, pursuit.link);
  pursuit.link = 0;
  if (link == nullptr) return;
  v1::Want want;
  want.set_feed(feed::field(feed.view()));
  want.set_from(1);
  want.set_stop(true);
  link->wants[feed] = std::move(want);
  send_small(*link);
}

// The other branch, from a place that we hold: Ingester compares the two and proves the fork.
void Sync::probe(Link& link, const BookFeed& known, Seq seq) {
  const FeedId& feed = known.state.feed();
  if (known.state.frozen == Code::kFeedForked) return;
  Pursuit& pursuit = pursuits_[feed];
  if (pursuit.probed && pursuit.link == link.serial) return;
  ask(link, feed, pursuit, seq);
  pursuit.probed = true;
}

Status Sync::miss(Link& link, const FeedId& feed, Pursuit& pursuit) {
  if (++pursuit.misses >= kMostMisses) return Error{Code::kFeedGap, feed.hex()};
  const BookFeed* const known = book_.find(feed);
  const Seq end = known == nullptr ? Seq{0} : known->state.end.seq;
  ask(link, feed, pursuit, std::max(pursuit.expected, feed::next(end)));
  return {};
}

void Sync::take_refusal(Link& link, const v1::Refusal& refusal) {
  const auto feed = FeedId::from(proto::as_bytes(refusal.feed()));
  if (!feed.ok()) return;
  // Whoever cannot store what comes has ended its request before it says so.
  const BookFeed* const known = book_.find(*feed);
  const bool ours = known != nullptr && known->state.own && known->knows(link.peer);
  if (!(ours || link.asked.contains(*feed) || link.server.follows(*feed))) return;
  setup_.events.refused(link.peer, refusal);
  if (!link.asked.contains(*feed)) return;
  link.refused[*feed] = refusal.retry_after() == 0
                            ? WallTime::max()
                            : setup_.now() + std::chrono::seconds(refusal.retry_after());
  const auto at = pursuits_.find(*feed);
  if (at == pursuits_.end() || at->second.link != link.serial) return;
  at->second.link = 0;
  consider(*feed);
}

void Sync::check_stalls() {
  const WallTime now = setup_.now();
  std::vector<FeedId> idle;
  for (auto& [feed, pursuit] : pursuits_) {
    const BookFeed* const known = book_.find(feed);
    if (known != nullptr && known->state.frozen) continue;
    if (pursuit.link == 0) {
      idle.push_back(feed);
      continue;
    }
    const Seq end = known == nullptr ? Seq{0} : known->state.end.seq;
    Link* other = nullptr;
    for (const auto& [peer, link] : links_) {
      const auto offer = link->offers.find(feed);
      if (link->serial == pursuit.link || offer == link->offers.end() || offer->second.seq <= end) continue;
      if (score(*link, feed, known, pursuit) >= 0) other = link.get();
    }
    if (other == nullptr) {
      pursuit.behind = {};
    } else if (pursuit.behind == WallTime{}) {
      pursuit.behind = now;
    } else if (now >= pursuit.behind + kStall) {
      ask(*other, feed, pursuit, feed::next(end));
    }
  }
  for (const FeedId& feed : idle)
    consider(feed);
  if (now >= considered_ && now < considered_ + kLookAgain) return;
  considered_ = now;
  consider_all();
}

void Sync::keys_changed(const AgencyId& author) {
  std::vector<FeedId> feeds;
  for (auto& [feed, pursuit] : pursuits_) {
    if (!pursuit.needs_keys) continue;
    const BookFeed* const known = book_.find(feed);
    if ((known != nullptr ? known->state.agency() : pursuit.author) != author) continue;
    pursuit.needs_keys = false;
    for (const auto& [peer, link] : links_)
      link->refused.erase(feed);
    feeds.push_back(feed);
  }
  for (const FeedId& feed : feeds)
    consider(feed);
}

void Sync::door_changed() {
  for (const auto& [peer, link] : links_)
    link->refused.clear();
  for (auto& [feed, pursuit] : pursuits_)
    pursuit.retry = {};
  consider_all();
}

}  // namespace comity::federation
