// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/world.h"

#include <utility>

#include "crypto/bech32m.h"
#include "node/feed/withdraw.h"

namespace comity::daemon {

using proto::AgencyId;
using proto::Code;
using proto::Error;
using proto::FeedId;
using proto::SpaceId;
using proto::Status;

World::World(runtime::Loop& loop, runtime::Clock& clock, runtime::Net& net, runtime::Pool& pool,
             crypto::Random& random, Log& log, const Started& started, Feeds& feeds)
    : loop_(loop),
      clock_(clock),
      net_(net),
      pool_(pool),
      random_(random),
      log_(log),
      started_(started),
      feeds_(feeds),
      instance_(started.instance),
      continuation_(continuation_setup()),
      timers_(loop.executor()) {
  feeds_.on_stored([this](std::span<const feed::Appended> entries) { own_stored(entries); });
  feeds_.on_waits([this](const FeedId& feed) { continuation_.waits(feed); });
  feeds_.on_clock_ahead([this](const FeedId& feed) { clock_ahead(feed); });
}

World::~World() {
  feeds_.on_stored({});
  feeds_.on_waits({});
  feeds_.on_clock_ahead({});
}

home::Moment World::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
}

std::string World::name_of(const AgencyId& agency) const {
  if (agency == started_.marker.agency) return started_.identity.chain.current().short_name;
  const federation::Peer* const peer = feeds_.trust().peers().find(agency);
  if (peer != nullptr) return peer->name;
  const crypto::KeyChain* const chain = feeds_.trust().chains().find(agency);
  if (chain == nullptr) return {};
  // A name that it gave itself is shown as long as nobody else here is called so.
  const std::string& claimed = chain->current().short_name;
  const bool taken = claimed == started_.identity.chain.current().short_name ||
                     feeds_.trust().peers().find(claimed) != nullptr;
  return taken ? std::string() : claimed;
}

federation::SpaceDoor::Answer World::admit(const AgencyId& author, const SpaceId& space) {
  const community::Space* const known = spaces_->find(space);
  const std::string slug = known == nullptr ? std::string() : known->slug();
  const auto agreed = feeds_.trust().peers().incoming_ceiling(author, space, slug, now());
  const community::Door door = spaces_->door(author, space);
  if (!agreed || !door.allowed) return {};
  if (known == nullptr) return {.allowed = true, .ceiling = *agreed};
  return {.allowed = true, .ceiling = policy::within(door.ceiling, *agreed) ? door.ceiling : *agreed};
}

federation::FederationSetup World::federation_setup() {
  return {.executor = loop_.executor(),
          .clock = clock_,
          .net = net_,
          .pool = pool_,
          .random = random_,
          .store = *started_.store,
          .trust = feeds_.trust(),
          .writer = feeds_.writer(),
          .ingester = feeds_.ingester(),
          .storage_key = started_.identity.keys.storage,
          .recent = feeds_.recent(),
          .transport = started_.identity.keys.transport,
          .older_transport = [this]() -> std::span<const crypto::X25519KeyPair> {
            return started_.identity.keys.more_transport;
          },
          .instance = instance_,
          .boot_count = started_.boot.count,
          .software = "comity " COMITY_VERSION,
          .door = {[this](const AgencyId& author, const SpaceId& space) { return admit(author, space); }},
          .may_moderate =
              [this](const SpaceId& space, const AgencyId& agency) {
                const auto sights = spaces_->sights();
                const community::SpaceSight* const sight = sights->find(space);
                return sight != nullptr && sight->may_moderate(agency);
              },
          .default_limits =
              [this] {
                const auto& peers = started_.settings.peers;
                return federation::DailyLimits{.bytes = static_cast<std::uint64_t>(peers.bytes_per_day.bytes),
                                               .entries = static_cast<std::uint64_t>(peers.entries_per_day)};
              },
          .commit =
              [this](std::optional<v1::LocalAudit> event, federation::Rows rows,
                     std::function<void(Status)> done) {
                storage::Batch batch;
                rows.into(batch);
                feeds_.commit(std::move(event), std::move(batch), std::move(done));
              },
          .events = *this};
}

community::SpacesSetup World::spaces_setup() {
  return {.store = *started_.store,
          .writer = feeds_.writer(),
          .random = random_,
          .self = started_.marker.agency,
          .storage_key = started_.identity.keys.storage,
          .now = [this] { return now(); },
          .to_owner = [this](std::function<void()> function) { loop_.post(std::move(function)); },
          .standings =
              [this](const SpaceId& space, std::string_view slug) {
                return feeds_.trust().peers().standings(space, slug, now());
              },
          .agency_name = [this](const AgencyId& agency) { return name_of(agency); },
          .hidden =
              [this](const AgencyId& agency) {
                if (agency == started_.marker.agency) return false;
                const federation::Peer* const peer = feeds_.trust().peers().find(agency);
                if (peer == nullptr) return false;
                const auto state = peer->state_at(feeds_.trust().peers().time(now()));
                return state == federation::PeerState::kRevoked || state == federation::PeerState::kSuspended;
              },
          .auto_join = [this] { return started_.settings.spaces.auto_join; },
          .door_changed =
              [this] {
                if (federation_ != nullptr) federation_->door_changed();
              }};
}

community::DirectorySetup World::directory_setup() {
  return {.store = *started_.store,
          .writer = feeds_.writer(),
          .spaces = *spaces_,
          .self = started_.marker.agency,
          .now = [this] { return now(); },
          .standings =
              [this](const SpaceId& space, std::string_view slug) {
                return feeds_.trust().peers().standings(space, slug, now());
              },
          .publish = [this] { return started_.settings.directory.publish; },
          .opened =
              [this](const SpaceId& space) {
                v1::LocalAudit event = node_event("directory.open", now());
                event.set_space(std::string(proto::as_text(space.view())));
                feeds_.audit().record(event);
              },
          .trouble =
              [this](const Error& error) {
                log_.warning(error, {{"directory", "its cards fall behind"}});
              }};
}

Status World::begin() {
  COMITY_TRY(spaces_, community::Spaces::open(spaces_setup()));
  federation_ = std::make_unique<federation::Federation>(federation_setup());
  COMITY_CHECK(federation_->load());
  posts_ = std::make_unique<community::Posts>(community::PostsSetup{
      .store = *started_.store,
      .writer = feeds_.writer(),
      .spaces = *spaces_,
      .self = started_.marker.agency,
      .storage_key = started_.identity.keys.storage,
      .now = [this] { return now(); },
      .steward_heard = [this](const SpaceId& space) -> std::optional<feed::WallTime> {
        const community::Space* const known = spaces_->find(space);
        return known == nullptr ? std::nullopt : federation_->heard(space, known->steward());
      },
      .limits = [this] { return community::limits_of(started_.settings); }});
  messages_ = std::make_unique<community::Messages>(community::MessagesSetup{.store = *started_.store,
                                                                             .random = random_,
                                                                             .spaces = *spaces_,
                                                                             .posts = *posts_,
                                                                             .self = started_.marker.agency});
  directory_ = std::make_unique<community::Directory>(directory_setup());
  return {};
}

Status World::start() {
  std::unique_ptr<runtime::Listener> listener;
  const config::Endpoint& at = started_.settings.node.listen;
  if (!at.empty()) {
    COMITY_TRY(const auto endpoint, runtime::Endpoint::make(at.host, at.port));
    COMITY_TRY(listener, net_.listen(endpoint));
  }
  COMITY_CHECK(continuation_.begin());
  federation_->start(std::move(listener));
  peers_changed();
  return {};
}

runtime::Task<void> World::close(runtime::Duration grace) {
  timers_.cancel();
  co_await timers_.join();
  co_await federation_->close(v1::REASON_DRAINING, grace);
}

void World::own_stored(std::span<const feed::Appended> entries) {
  if (federation_ != nullptr) federation_->entries_stored(entries);
  if (spaces_ != nullptr) spaces_->entries_stored(entries);
  feeds_.writer().flush();
  if (on_stored_) on_stored_(entries.size());
}

void World::stored(std::span<const feed::Appended> entries) {
  spaces_->entries_stored(entries);
  continuation_.came_back(entries);
  federation_->door_changed();
  feeds_.writer().flush();
  if (on_stored_) on_stored_(entries.size());
}

void World::released(const feed::Appended& entry) {
  stored({&entry, 1});
}

void World::keys_changed() {
  if (on_keys_) on_keys_();
}

void World::peers_changed() {
  spaces_->peers_changed();
  directory_->refresh();
  feeds_.writer().flush();
}

ContinuationSetup World::continuation_setup() {
  return {.writer = feeds_.writer(),
          .store = *started_.store,
          .restored = started_.boot.restored,
          .clean = started_.boot.clean,
          .now = [this] { return now(); },
          .later =
              [this](std::chrono::milliseconds span, std::function<void()> then) {
                timers_.spawn("doubt", wait(&clock_, span, std::move(then)));
              },
          .current =
              [this] {
                std::map<FeedId, SpaceId> out;
                for (const community::Space* space : spaces_->list()) {
                  const community::Membership& membership = space->membership;
                  if (membership.standing == community::Standing::kJoined && !membership.feed.is_zero())
                    out.emplace(membership.feed, space->id());
                }
                return out;
              },
          .reopen =
              [this](const SpaceId& space, v1::FeedOpenReason reason,
                     const std::function<void(proto::Result<FeedId>)>& done) {
                spaces_->reopen(space, reason, [this, space, done](const Status& opened) {
                  if (!opened.ok()) return done(opened.error());
                  done(spaces_->find(space)->membership.feed);
                });
              },
          .retired = [this](const FeedId& feed) { federation_->own_retired(feed); },
          .opened =
              [this](const FeedId& old, const FeedId& next, v1::FeedOpenReason reason) {
                const Log::Pairs details{{"old", old.hex()},
                                         {"new", next.hex()},
                                         {"reason", v1::FeedOpenReason_Name(reason).substr(17)}};
                log_.info("a feed of ours goes on as a new one", details);
                feeds_.audit().record(node_event("feed.reopen", now(), details));
              },
          .failed =
              [this](const FeedId& feed, const Error& error) {
                log_.error(error, {{"feed", feed.hex()}, {"what", "no new one could be opened"}});
              }};
}

runtime::Task<void> World::wait(runtime::Clock* clock, std::chrono::milliseconds span,
                                std::function<void()> then) {
  const Status slept = co_await clock->sleep_for(span);
  if (slept.ok()) then();
}

void World::own_head(const FeedId& feed, const v1::FeedHead& head) {
  continuation_.told(feed, head);
}

void World::own_ahead(const FeedId& feed, const v1::FeedHead& head) {
  continuation_.ahead(feed, head);
}

void World::clock_ahead(const FeedId& feed) {
  if (feed != feeds_.audit().feed()) return continuation_.clock_ahead(feed);
  feeds_.writer().retire(feed, [this, feed](const Status& retired) {
    const Status begun = retired.ok() ? feeds_.audit().begin() : retired;
    if (!begun.ok()) return log_.error(begun.error(), {{"feed", "of the audit log"}});
    feeds_.writer().move_on(feed, feeds_.audit().feed());
    feeds_.writer().flush();
  });
}

std::optional<Error> World::clone_here() const {
  if (clone_at_.empty()) return std::nullopt;
  std::string names;
  for (const AgencyId& agency : clone_at_)
    names += (names.empty() ? "" : ", ") + name_of(agency);
  return Error{Code::kCloneHere, "says " + names};
}

void World::clone_here(const AgencyId& peer) {
  if (!clone_at_.insert(peer).second) return;
  const auto error = clone_here();
  log_.error(*error, {{"instance", instance_.hex()}});
  feeds_.writer().refuse(error);
  feeds_.audit().record(
      node_event("node.clone", now(), {{"peer", name_of(peer)}, {"instance", instance_.hex()}}));
}

void World::accepted(const AgencyId& peer) {
  if (clone_at_.erase(peer) == 0) return;
  feeds_.writer().refuse(clone_here());
  log_.info("the peer takes this node for the one of our agency again", {{"peer", name_of(peer)}});
  feeds_.audit().record(node_event("node.clone.end", now(), {{"peer", name_of(peer)}}));
  if (!clone_at_.empty()) return;
  // What was refused meanwhile is made good: feeds that had to follow others, and audiences.
  continuation_.try_again();
  peers_changed();
}

// The directory was put back where it lay, so that only peers can know: they have seen later starts of it.
void World::went_back_here(const AgencyId& peer) {
  if (instance_ != started_.instance || started_.boot.restored) return;
  if (std::exchange(becoming_another_, true)) return;
  const auto fresh = random_.next<proto::InstanceId>();
  log_.warning({Code::kRestoredCopy, "says " + name_of(peer)}, {{"instance", fresh.hex()}});
  storage::Batch row;
  home::put_instance(row, fresh);
  feeds_.commit(node_event("node.restored", now(), {{"peer", name_of(peer)}, {"instance", fresh.hex()}}),
                std::move(row), [this, fresh](const Status& stored) {
                  becoming_another_ = false;
                  if (!stored.ok()) return log_.error(stored.error(), {{"instance", "not stored"}});
                  instance_ = fresh;
                  const Status judged = continuation_.restored();
                  if (!judged.ok()) log_.error(judged.error(), {{"feeds", "they could not be looked at"}});
                  federation_->set_instance(fresh);
                });
}

void World::receipt(const federation::ReceiptDue& due) {
  const community::Space* const space = spaces_->find(due.space);
  if (space == nullptr || space->membership.feed.is_zero()) return;
  feeds_.writer().append(space->membership.feed,
                         feed::receipt_draft(due.withdraw, due.target, due.outcome, {}));
  feeds_.writer().flush();
}

void World::trouble(const AgencyId& agency, const Error& error) {
  if (agency.is_zero()) {
    log_.warning(error);
    return;
  }
  const std::string name = name_of(agency);
  log_.warning(error, {{"peer", name.empty() ? crypto::agency_id_text(agency) : name}});
}

}  // namespace comity::daemon
