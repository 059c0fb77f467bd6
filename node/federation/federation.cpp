// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/federation.h"

#include <algorithm>

#include "node/federation/peering/reasons.h"

namespace comity::federation {
namespace {

constexpr std::chrono::seconds kTick{1};
constexpr int kTicksAMinute = 60;

}  // namespace

Federation::Federation(FederationSetup setup)
    : setup_(std::move(setup)),
      trust_(setup_.trust),
      steps_(setup_.commit,
             [this](const Error& error) {
               setup_.events.trouble({}, error);
               const Status loaded = trust_.load();
               if (!loaded.ok()) setup_.events.trouble({}, loaded.error());
             }),
      sync_(sync_setup()),
      links_(setup_.executor, trust_.self(), setup_.clock, setup_.net, setup_.random, *this, *this,
             [this](const std::string& what) {
               setup_.events.trouble({}, {Code::kUnknown, what});
             }),
      local_{setup_.clock, setup_.random, *this, links_,
             [this](const peer::Contact& contact) { return hello(contact); }},
      nursery_(setup_.executor, [this](const std::string& name, const std::exception_ptr& failure) {
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& error) {
          setup_.events.trouble({}, {Code::kUnknown, name + ": " + error.what()});
        }
      }) {
  trust_.peers().on_change([this](const AgencyId& /*agency*/) { dirty_ = true; });
}

Federation::~Federation() {
  trust_.peers().on_change({});
}

SyncSetup Federation::sync_setup() {
  return {.store = setup_.store,
          .ingester = setup_.ingester,
          .self = trust_.self(),
          .storage_key = setup_.storage_key,
          .now = [this] { return trust_.now(); },
          .door = setup_.door,
          .signers = [this]() -> std::shared_ptr<const feed::Signers> { return trust_.chains().signers(); },
          .signing = [this] { return trust_.signing(); },
          .offload = [this](std::function<void()> job,
                            std::function<void()> then) { offload(std::move(job), std::move(then)); },
          .recent = setup_.recent,
          .may_moderate = setup_.may_moderate,
          .limits = [this](const AgencyId& agency) { return limits_of(agency); },
          .events = *this};
}

DailyLimits Federation::limits_of(const AgencyId& agency) const {
  DailyLimits limits = setup_.default_limits ? setup_.default_limits() : DailyLimits();
  const Flow* const flow = trust_.peers().incoming(agency, trust_.now());
  if (flow == nullptr) return limits;
  if (flow->bytes_per_day != 0) limits.bytes = flow->bytes_per_day;
  if (flow->entries_per_day != 0) limits.entries = flow->entries_per_day;
  if (flow->feeds_per_day != 0) limits.feeds = flow->feeds_per_day;
  return limits;
}

void Federation::offload(std::function<void()> job, std::function<void()> then) {
  nursery_.spawn("check", offloaded(this, std::move(job), std::move(then)));
}

runtime::Task<void> Federation::offloaded(Federation* federation, std::function<void()> job,
                                          std::function<void()> then) {
  auto work = [job = std::move(job)] { job(); };
  co_await federation->setup_.pool.run(std::move(work));
  if (!federation->closing_) then();
}

void Federation::start(std::unique_ptr<runtime::Listener> listener) {
  if (listener != nullptr) {
    front_door_ = std::make_unique<peer::Door>(setup_.executor, local_, std::move(listener),
                                               [this](const std::string& what) {
                                                 setup_.events.trouble({}, {Code::kUnknown, what});
                                               });
  }
  announce();
  links_.start(local_);
  refresh_links();
  nursery_.spawn("federation", tick(this));
}

runtime::Task<void> Federation::close(v1::Reason why, runtime::Duration grace) {
  closing_ = true;
  v1::Bye bye;
  bye.set_reason(why);
  if (why == v1::REASON_DRAINING) bye.set_retry_after(5);
  co_await links_.close(bye, grace);
  if (front_door_ != nullptr) co_await front_door_->close(grace);
  nursery_.cancel();
  co_await nursery_.join();
}

runtime::Task<void> Federation::tick(Federation* federation) {
  for (int count = 0;; ++count) {
    federation->sync_.tick();
    federation->follow_agreements();
    federation->end_overdue();
    federation->dial_pairings();
    if (count % kTicksAMinute == 0) federation->each_minute();
    federation->changed();
    const Status slept = co_await federation->setup_.clock.sleep_for(kTick);
    if (!slept.ok()) co_return;
  }
}

void Federation::each_minute() {
  const WallTime now = trust_.now();
  Step seen;
  seen.rows = trust_.peers().observe(now);
  steps_.run(std::move(seen), [](const Step&, const Status&) {});
  for (Step& step : trust_.peering().tick(now))
    steps_.run(std::move(step), [](const Step&, const Status&) {});
  take_up_grants();
  announce();
}

// A key epoch may open before its readers' keys are here, or before they count: time alone can change that.
void Federation::take_up_grants() {
  const auto due = trust_.grants().due();
  if (!due.ok() || due->empty()) return;
  storage::Batch notes;
  for (const Grants::Missing& missing : *due)
    Grants::made(notes, missing);
  setup_.store.submit(std::move(notes), storage::Durability::kBuffered,
                      [](const Result<storage::Version>&) {});
  dirty_ = true;
}

void Federation::announce() {
  auto renewed = trust_.renew();
  if (!renewed.ok()) {
    setup_.events.trouble({}, renewed.error());
    return;
  }
  Step step;
  step.rows = std::move(renewed->rows);
  step.messages = std::move(renewed->messages);
  steps_.run(std::move(step), [this](const Step& done, const Status& stored) {
    if (!stored.ok()) return;
    for (auto& [serial, each] : talks_) {
      if (each->peer == nullptr) continue;
      for (const v1::Wire& wire : done.messages)
        (void)each->session.send(v1::LANE_CONTROL, wire);  // a session that is full says it in its next Hello
    }
  });
}

void Federation::own_keys_changed(std::uint32_t before, bool fresh_enc, v1::LocalAudit event, Rows rows,
                                  std::function<void(Status)> done) {
  auto renewed = trust_.renew(fresh_enc);
  if (!renewed.ok()) return done(renewed.error());
  Step step;
  step.event = std::move(event);
  step.rows = std::move(renewed->rows);
  step.rows.add(std::move(rows));
  step.messages = announce_keys(trust_.chains(), before + 1);
  for (v1::Wire& wire : renewed->messages)
    step.messages.push_back(std::move(wire));
  steps_.run(std::move(step), [this, done = std::move(done)](const Step& decided, const Status& stored) {
    if (!stored.ok()) return done(stored);
    for (auto& [serial, each] : talks_) {
      if (each->peer == nullptr) continue;
      for (const v1::Wire& wire : decided.messages)
        (void)each->session.send(v1::LANE_CONTROL, wire);  // a session that is full says it in its next Hello
    }
    dirty_ = true;
    setup_.events.keys_changed();
    done({});
  });
}

void Federation::refresh_links() {
  const WallTime now = trust_.peers().time(trust_.now());
  for (const auto& [name, each] : trust_.peers().all()) {
    if (each.agency.is_zero()) continue;
    if (each.is_called(now)) {
      links_.want(each.agency);
    } else {
      links_.forget(each.agency);
    }
  }
}

void Federation::changed() {
  if (!std::exchange(dirty_, false)) return;
  refresh_links();
  poll_pairings();
  sync_.door_changed();
  setup_.events.peers_changed();
}

void Federation::decide(std::string_view peer, Step step, std::function<void(Status)> done) {
  // Sent in the session at hand; the agency is looked up now, since a decision may end what is known of it.
  const Peer* const known = trust_.peers().find(peer);
  const AgencyId agency = known == nullptr ? AgencyId() : known->agency;
  steps_.run(std::move(step), [this, agency, done = std::move(done)](Step decided, const Status& stored) {
    if (!stored.ok()) return done(stored);
    Talk* const at = agency.is_zero() ? nullptr : talk_with(agency);
    if (at != nullptr) carry_out(at->serial, Step{.messages = decided.messages, .bye = decided.bye}, stored);
    dirty_ = true;
    changed();
    done(decided.failure ? Status(*decided.failure) : Status());
  });
}

void Federation::retry(std::string_view peer) {
  const Peer* const known = trust_.peers().find(peer);
  if (known == nullptr) return;
  pair_dials_.erase(known->name);
  if (known->stage == Stage::kActive) links_.retry(known->agency);
}

void Federation::set_instance(const InstanceId& instance) {
  setup_.instance = instance;
  for (const auto& [name, peer] : trust_.peers().all()) {
    if (peer.stage == Stage::kActive) links_.retry(peer.agency);
  }
}

PeerTraffic Federation::traffic(const AgencyId& agency) const {
  // Also where the agreement has ended: the session is how a new one comes.
  PeerTraffic out{.connected = std::ranges::any_of(talks_, [&](const auto& item) {
                    const Talk& talk = *item.second;
                    return talk.agency == agency && talk.peer != nullptr && talk.peer->open();
                  })};
  for (const Lag& lag : sync_.lags(agency))
    out.outbox_entries += raw(lag.head) - std::min(raw(lag.acked), raw(lag.head));
  for (const auto& [feed, known] : sync_.book().all()) {
    if (known.state.agency() != agency) continue;
    const auto fresh = sync_.freshness(feed);
    if (fresh.ok() && fresh->newest && raw(fresh->newest->seq) > raw(known.state.end.seq))
      out.lag_entries += raw(fresh->newest->seq) - raw(known.state.end.seq);
  }
  if (out.lag_entries != 0 && sync_.quota_used(agency)) {
    out.lag_reason =
        Error{Code::kQuotaUsed, "until " + time_text(trust_.now() + Quotas::until_turn(trust_.now()))};
  }
  const auto refusal = refusals_.find(agency);
  const auto until = refused_until_.find(agency);
  const bool refused =
      refusal != refusals_.end() && until != refused_until_.end() && trust_.now() < until->second;
  if (out.outbox_entries != 0 && refused)
    out.outbox_reason = Error{refusal->second.code, refusal->second.text};
  return out;
}

std::optional<std::uint64_t> Federation::stated(const SpaceId& space, const AgencyId& author) const {
  std::uint64_t total = 0;
  bool spoke = false;
  for (const auto& [feed, known] : sync_.book().all()) {
    if (known.state.space != space || known.state.agency() != author) continue;
    const std::uint64_t held = raw(known.state.end.seq);
    std::uint64_t head = std::max(held, raw(sync_.claimed(feed)));
    spoke = spoke || known.state.own || raw(sync_.claimed(feed)) != 0;
    if (const auto fresh = sync_.freshness(feed); fresh.ok() && fresh->newest) {
      spoke = true;
      head = std::max(head, raw(fresh->newest->seq));
    }
    // What lies before the first entry that we are given was never meant for us.
    const std::uint64_t before = known.have_from == Seq{0} ? 0 : raw(known.have_from) - 1;
    total += head - std::min(head, before);
  }
  return spoke ? std::optional(total) : std::nullopt;
}

std::optional<WallTime> Federation::heard(const SpaceId& space, const AgencyId& author) const {
  std::optional<WallTime> newest;
  for (const auto& [feed, known] : sync_.book().all()) {
    if (known.state.space != space || known.state.agency() != author) continue;
    const auto fresh = sync_.freshness(feed);
    if (fresh.ok() && fresh->newest && (!newest || fresh->newest->received > *newest))
      newest = fresh->newest->received;
  }
  return newest;
}

AuthorFreshness Federation::freshness(const SpaceId& space, const AgencyId& author) const {
  AuthorFreshness out;
  std::size_t spoken_for = 0;
  std::size_t stale = 0;
  for (const auto& [feed, known] : sync_.book().all()) {
    if (known.state.space != space || known.state.agency() != author || known.state.end.closed) continue;
    const auto fresh = sync_.freshness(feed);
    if (!fresh.ok()) continue;
    ++spoken_for;
    stale += fresh->possibly_stale ? 1 : 0;
    out.behind = out.behind || fresh->behind;
    if (fresh->newest && (!out.heard || fresh->newest->received > *out.heard))
      out.heard = fresh->newest->received;
  }
  // Of a feed that another one has followed nobody speaks any more.
  out.possibly_stale = spoken_for != 0 && stale == spoken_for;
  return out;
}

void Federation::stored(std::span<const feed::Appended> entries) {
  setup_.events.stored(entries);
}

void Federation::clock(Hlc hlc) {
  (void)setup_.writer.merge_clock(hlc);  // one that lies far ahead is not merged, and that is all
}

void Federation::own_head(const AgencyId& /*peer*/, const v1::FeedHead& head) {
  setup_.events.own_head(id_of<FeedId>(head.feed()), head);
}

void Federation::own_ahead(const AgencyId& /*peer*/, const v1::FeedHead& head) {
  setup_.events.own_ahead(id_of<FeedId>(head.feed()), head);
}

void Federation::own_forked(const FeedId& feed, const v1::ForkProof& /*proof*/) {
  setup_.events.trouble(trust_.self(), {Code::kFeedForked, "our own feed " + feed.hex()});
  v1::FeedHead head;
  head.set_feed(field(feed.view()));
  setup_.events.own_ahead(feed, head);
}

void Federation::forked(const FeedId& feed) {
  const BookFeed* const known = sync_.book().find(feed);
  if (known == nullptr) return;
  steps_.run(trust_.peering().forked(known->state.agency(), "two entries at one place of feed " + feed.hex(),
                                     trust_.now()),
             [](const Step&, const Status&) {});
}

void Federation::frozen(const FeedId& feed, const Error& error) {
  const BookFeed* const known = sync_.book().find(feed);
  setup_.events.trouble(known == nullptr ? AgencyId() : known->state.agency(), error);
}

void Federation::not_taken(const AgencyId& peer, const FeedId& /*feed*/, const Error& error) {
  setup_.events.trouble(peer, error);
}

void Federation::refused(const AgencyId& peer, const v1::Refusal& refusal) {
  // What a third agency wrote and we relay may be unwelcome: it is between those two.
  const auto feed = FeedId::from(proto::as_bytes(refusal.feed()));
  const BookFeed* const known = feed.ok() ? sync_.book().find(*feed) : nullptr;
  if (known != nullptr && !known->state.own && refusal.reason() == v1::REASON_SPACE_NOT_SHARED) return;
  const WallTime now = trust_.now();
  const Error error = error_of(refusal.reason(), refusal.text(), now, refusal.retry_after());
  const std::chrono::seconds wait(refusal.retry_after());
  refused_until_[peer] = refusal.retry_after() == 0 ? WallTime::max() : now + wait;
  if (note_refusal(peer, refusal.reason(), error)) setup_.events.trouble(peer, error);
}

void Federation::went_back(const AgencyId& peer, const FeedId& feed, Seq had, Seq has) {
  setup_.events.trouble(peer, {Code::kPeerWentBack, "feed " + feed.hex() + ": " + std::to_string(raw(had)) +
                                                        " before, " + std::to_string(raw(has)) + " now"});
}

void Federation::keys_wanted(const AgencyId& peer, const AgencyId& author, std::uint32_t /*keydoc*/) {
  Talk* const at = talk_with(peer);
  if (at == nullptr) return;
  wanted_chains_.insert(author);
  const crypto::KeyChain* const chain = trust_.chains().find(author);
  v1::Wire wire;
  wire.mutable_keydoc_want()->set_agency(field(author.view()));
  wire.mutable_keydoc_want()->set_from_version(chain == nullptr ? 1 : chain->version() + 1);
  (void)at->session.send(v1::LANE_CONTROL, wire);  // sync asks again while a feed waits for it
}

void Federation::history_cut(const FeedId& feed) {
  setup_.events.trouble(
      {}, {Code::kFeedGap, "history of " + feed.hex() + " begins later than its author granted"});
}

void Federation::receipt(const ReceiptDue& due) {
  setup_.events.receipt(due);
}

void Federation::violation(const AgencyId& peer, const Error& error) {
  setup_.events.trouble(peer, error);
}

}  // namespace comity::federation
