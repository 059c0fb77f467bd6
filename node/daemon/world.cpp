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
      feeds_(feeds) {
  feeds_.on_stored([this](std::span<const feed::Appended> entries) { own_stored(entries); });
}

World::~World() {
  feeds_.on_stored({});
}

home::Moment World::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
}

std::string World::name_of(const AgencyId& agency) const {
  if (agency == started_.marker.agency) return started_.identity.chain.current().short_name;
  const federation::Peer* const peer = feeds_.trust().peers().find(agency);
  if (peer != nullptr) return peer->name;
  const crypto::KeyChain* const chain = feeds_.trust().chains().find(agency);
  return chain == nullptr ? std::string() : chain->current().short_name;
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
          .instance = started_.marker.instance,
          .boot_count = started_.boot.count,
          .software = "comity " COMITY_VERSION,
          .door = {[this](const AgencyId& author, const SpaceId& space) { return admit(author, space); }},
          .may_moderate =
              [this](const SpaceId& space, const AgencyId& agency) {
                const auto sights = spaces_->sights();
                const community::SpaceSight* const sight = sights->find(space);
                return sight != nullptr && sight->may_moderate(agency);
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
  return {};
}

Status World::start() {
  std::unique_ptr<runtime::Listener> listener;
  const config::Endpoint& at = started_.settings.node.listen;
  if (!at.empty()) {
    COMITY_TRY(const auto endpoint, runtime::Endpoint::make(at.host, at.port));
    COMITY_TRY(listener, net_.listen(endpoint));
  }
  federation_->start(std::move(listener));
  spaces_->peers_changed();
  feeds_.writer().flush();
  return {};
}

runtime::Task<void> World::close(runtime::Duration grace) {
  co_await federation_->close(v1::REASON_DRAINING, grace);
}

void World::own_stored(std::span<const feed::Appended> entries) {
  if (federation_ != nullptr) federation_->entries_stored(entries);
  if (spaces_ != nullptr) spaces_->entries_stored(entries);
  feeds_.writer().flush();
  if (on_stored_) on_stored_();
}

void World::stored(std::span<const feed::Appended> entries) {
  spaces_->entries_stored(entries);
  federation_->door_changed();
  feeds_.writer().flush();
  if (on_stored_) on_stored_();
}

void World::peers_changed() {
  spaces_->peers_changed();
  feeds_.writer().flush();
}

void World::own_ahead(const FeedId& feed) {
  if (!reopened_.insert(feed).second) return;
  for (const community::Space* space : spaces_->list()) {
    if (space->membership.feed != feed) continue;
    spaces_->reopen(space->id(), v1::FEED_OPEN_REASON_RESTORE, [this](const Status& opened) {
      if (!opened.ok()) log_.error(opened.error(), {{"feed", "no new one could be opened"}});
    });
    feeds_.writer().flush();
    return;
  }
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
