// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/agency.h"

#include <algorithm>
#include <stdexcept>

#include "crypto/words.h"
#include "node/feed/reindex.h"
#include "node/home/identity.h"
#include "node/home/projections.h"
#include "node/home/tables.h"
#include "node/home/verify.h"
#include "storage/rocks/rocks_store.h"

namespace comity::sim::nodes {
namespace {

using proto::Error;
using proto::Result;
using proto::Status;

constexpr std::size_t kLinesKept = 200;
// Agencies are older than their network: a key document may not lie in the future of whoever reads it.
constexpr std::chrono::hours kFounded{24 * 7};

void must(const Status& status, const std::string& what) {
  if (!status.ok()) throw std::runtime_error(what + ": " + proto::to_string(status.error()));
}

}  // namespace

Agency::Agency(World& world, std::string name)
    : world_(world),
      machine_(world.add_machine(name)),
      disk_(world.seed(), name),
      keys_(home::NodeKeys::generate(machine_.random())),
      log_([this](const std::string& line) {
        if (lines_.size() == kLinesKept) lines_.pop_front();
        const std::chrono::duration<double> when = world_.now().time_since_epoch();
        lines_.push_back(std::to_string(when.count()) + " " + machine_.name() + " " + line);
      }) {
  settings_.agency.name = "Ministry of " + name;
  settings_.agency.short_name = name;
  settings_.node.listen = {name, kPort};
  settings_.node.advertise = {name, kPort};
  create();
}

std::string Agency::words() const {
  return crypto::words_text(crypto::words_of(marker_.agency));
}

void Agency::create() {
  const home::RootKeys roots = home::RootKeys::generate(machine_.random());
  const home::Moment founded = now() - kFounded;
  auto chain = home::first_key_chain(keys_, roots, settings_.agency.short_name, settings_.agency.name,
                                     founded, machine_.random());
  if (!chain.ok()) must(chain.error(), "a key document");
  chain_.emplace(*std::move(chain));
  marker_ = {chain_->agency(), machine_.random().next<proto::InstanceId>(), founded};
  disk_.boots = {.seen = founded};
  const storage::Stamp stamp{.schema = home::kSchema,
                             .written_by = COMITY_VERSION,
                             .created_ms = static_cast<std::uint64_t>(founded.time_since_epoch().count()),
                             .instance = marker_.instance};
  auto store = storage::RocksStore::create(Disk::kStorePath, home::node_tables(), disk_.options(), stamp);
  if (!store.ok()) must(store.error(), "a new store");
  const home::NodeProjections projections(marker_.agency, keys_.storage);
  storage::Batch fresh;
  feed::put_fresh_projections(fresh, projections.synchronous(), projections.followers());
  const auto committed = (*store)->commit(std::move(fresh));
  if (!committed.ok()) must(committed.error(), "a new store");
  must((*store)->close(), "closing a new store");
}

std::unique_ptr<storage::Store> Agency::open_store() {
  auto store = storage::RocksStore::open(Disk::kStorePath, home::node_tables(), disk_.options());
  if (!store.ok()) must(store.error(), name() + " opens its store");
  return *std::move(store);
}

void Agency::start() {
  stopping_ = false;
  machine_.start([this](Machine& /*machine*/) { return live(this); });
}

Status Agency::open() {
  COMITY_TRY(auto rocks, storage::RocksStore::open(Disk::kStorePath, home::node_tables(), disk_.options()));
  COMITY_TRY(const std::uint64_t stored, home::stored_boots(*rocks));
  COMITY_TRY(proto::InstanceId instance, home::spoken_instance(*rocks, marker_));
  const home::Boot boot = home::next_boot(disk_.boots, stored, disk_.boots.place);
  while (shown_.size() < restores_)
    shown_.push_back(boot.restored);
  if (boot.restored) instance = machine_.random().next<proto::InstanceId>();
  auto late =
      std::make_unique<LateStore>(world_, std::move(rocks), name() + std::to_string(machine_.boots()));
  store_ = late.get();
  COMITY_TRY(home::NodeKeys keys, home::decode_node_keys(home::encode_keys(keys_).view()));
  started_.emplace(daemon::Started{.lock = {},
                                   .paths = home::Paths("/" + name()),
                                   .marker = marker_,
                                   .boots = disk_.boots,
                                   .boot = boot,
                                   .instance = instance,
                                   .settings = settings_,
                                   .identity = {*chain_, std::move(keys)},
                                   .store = std::move(late),
                                   .rebuilt = {},
                                   .uncounted = {}});
  storage::Batch counted;
  COMITY_TRY(const bool outdated, home::needs_reindex(*store_, started_->identity));
  if (outdated) return Error{proto::Code::kFeedReindex, {}};
  home::put_node_row(counted, "boots", proto::to_be(started_->boot.count));
  home::put_instance(counted, instance);
  std::optional<Status> written;
  store_->submit(
      std::move(counted), storage::Durability::kSynced,
      [&written](const Result<storage::Version>& result) {
        written = result.ok() ? Status() : Status(result.error());
      },
      storage::WhenFull::kRefuse);
  COMITY_CHECK(store_->sync());
  COMITY_CHECK(*written);
  disk_.boots = {.count = started_->boot.count, .clean = false, .seen = std::max(now(), disk_.boots.seen)};
  core_ = std::make_unique<daemon::Core>(daemon::CoreSetup{
      world_.loop(), machine_.clock(), machine_.net(), machine_.pool(), machine_.random(), log_, *started_});
  COMITY_CHECK(core_->begin());
  return core_->listen();
}

runtime::Task<void> Agency::live(Agency* self) {
  self->phase_ = "opening";
  const Status opened = self->open();
  if (opened.ok()) {
    self->core_->run();
    self->up_ = true;
    self->phase_ = "up";
    if (!self->stopping_) (void)co_await self->asked_to_stop_.wait();
    self->up_ = false;
    self->phase_ = "closing";
    co_await self->core_->close();
  } else if (!self->disk_.cut()) {
    self->world_.fail(self->name() + " does not start: " + proto::to_string(opened.error()));
  }
  self->phase_ = "down";
  self->core_.reset();
  self->store_ = nullptr;
  if (!self->started_) co_return;
  const Status closed = self->started_->store->close();
  if (closed.ok() && opened.ok() && self->stopping_) {
    self->disk_.boots.clean = true;
    self->disk_.boots.seen = std::max(self->now(), self->disk_.boots.seen);
  }
  self->started_.reset();
}

void Agency::crash(Machine::Crash how) {
  if (machine_.running()) {
    stopping_ = false;
    if (store_ != nullptr) store_->fail();
    disk_.cut_power();
    up_ = false;
    machine_.crash(how);
  }
  disk_.restart();
}

bool Agency::forgot_after(unsigned restores) const noexcept {
  return std::find(shown_.begin() + std::min<std::ptrdiff_t>(restores, std::ssize(shown_)), shown_.end(),
                   false) != shown_.end();
}

void Agency::stop() {
  stopping_ = true;
  asked_to_stop_.notify_all();
}

void Agency::restore(Machine::Crash how) {
  crash(how);
  if (!disk_.has_copy()) return;
  disk_.put_back();
  ++restores_;
}

}  // namespace comity::sim::nodes
