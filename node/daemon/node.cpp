// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/node.h"

#include <utility>

#include "crypto/bech32m.h"
#include "crypto/sha256.h"
#include "crypto/words.h"
#include "node/api/audit.h"
#include "node/api/checks.h"
#include "node/api/control.h"
#include "node/api/import.h"
#include "node/api/keys.h"
#include "node/api/peers.h"
#include "node/api/quarantine.h"
#include "node/api/record.h"
#include "node/api/spaces.h"
#include "node/config/changes.h"
#include "node/config/write.h"
#include "node/daemon/counts.h"
#include "node/runtime/asio/local.h"
#include "node/runtime/asio/system.h"
#include "node/runtime/deadline.h"
#include "proto/moment.h"

namespace comity::daemon {
namespace {

// One core checks signatures and packs while the other owns protocol and state.
constexpr std::size_t kWorkers = 1;

}  // namespace

using proto::Code;
using proto::Error;
using proto::Status;

Node::Node(runtime::Loop& loop, runtime::Clock& clock, Log& log, Started started)
    : clock_(clock),
      log_(log),
      started_(std::move(started)),
      since_(now()),
      executor_(loop.executor()),
      pool_(runtime::make_thread_pool(kWorkers)),
      net_(runtime::make_tcp_net(executor_, clock)),
      feeds_(loop, clock, log, random_, started_),
      world_(loop, clock, *net_, *pool_, random_, log, started_, feeds_),
      keys_(executor_, started_, feeds_, world_, *pool_, log, random_, [this] { return now(); }),
      quarantine_(clock, feeds_, log, started_),
      signals_(executor_),
      draining_(executor_),
      tasks_(executor_) {
  world_.on_stored([this] {
    follow_due_ = true;
    stored_.notify_all();
  });
  world_.on_keys([this] { quarantine_.wake(); });
}

Node::~Node() = default;

home::Moment Node::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
}

Status Node::begin() {
  COMITY_CHECK(feeds_.begin());
  COMITY_CHECK(world_.begin());
  keys_.recover();
  add_commands();
  return {};
}

void Node::add_commands() {
  commands_.add("status", api::status_command([this] { return look(); }));
  commands_.add("audit/list", api::audit_list_command([this](const proto::Bytes& after, std::size_t limit) {
                  return feeds_.audit_page(after, limit);
                }));
  const api::PeerDesk peers{feeds_.trust(), world_.federation()};
  api::add_peer_commands(commands_, peers);
  api::add_agreement_commands(commands_, peers);
  commands_.add("doctor", api::doctor_command([this] { return look_after(); }));
  const api::CommunityDesk desk{
      .store = *started_.store,
      .random = random_,
      .writer = feeds_.writer(),
      .spaces = world_.spaces(),
      .posts = world_.posts(),
      .self = started_.marker.agency,
      .storage_key = started_.identity.keys.storage,
      .now = [this] { return now(); },
      .agency_of = [this](std::string_view name) { return agency_of(name); },
      .stated = [this](const proto::SpaceId& space,
                       const proto::AgencyId& agency) { return world_.federation().stated(space, agency); },
      .freshness =
          [this](const proto::SpaceId& space, const proto::AgencyId& agency) {
            return world_.federation().freshness(space, agency);
          },
      .commit =
          [this](std::optional<v1::LocalAudit> event, storage::Batch rows, std::function<void(Status)> done) {
            feeds_.commit(std::move(event), std::move(rows), std::move(done));
          },
      .news = [this](std::chrono::seconds most) { return wait_for_news(most); }};
  api::add_space_commands(commands_, desk);
  api::add_post_commands(commands_, desk);
  api::add_import_commands(commands_, desk, [this] { return catch_up(); });
  add_key_commands();
  const api::WriteRecord write = [this](const v1::LocalAudit& event, std::function<void()> done) {
    feeds_.audit().record_now(event, {}, [this, event, done = std::move(done)](const Status& written) {
      // The decision was taken: its record waits for a store that takes writes.
      if (!written.ok()) feeds_.audit().record(event);
      done();
    });
  };
  api::put_on_record(commands_, write, [this] { return now(); });
}

void Node::add_key_commands() {
  api::add_key_commands(commands_, {feeds_.trust(), keys_});
  api::add_quarantine_commands(
      commands_, {.store = *started_.store,
                  .storage_key = started_.identity.keys.storage,
                  .ingester = feeds_.ingester(),
                  .agency_name = [this](const proto::AgencyId& agency) { return world_.name_of(agency); },
                  .space_name =
                      [this](const proto::SpaceId& space) {
                        const community::Space* const known = world_.spaces().find(space);
                        return known == nullptr ? std::string() : known->slug();
                      },
                  .now = [this] { return now(); },
                  .commit =
                      [this](std::optional<v1::LocalAudit> event, storage::Batch rows,
                             std::function<void(Status)> done) {
                        feeds_.commit(std::move(event), std::move(rows), std::move(done));
                      },
                  .released = [this](const feed::Appended& entry) { world_.released(entry); }});
}

std::optional<proto::AgencyId> Node::agency_of(std::string_view name) {
  if (name == started_.identity.chain.current().short_name) return started_.marker.agency;
  const federation::Peer* const peer = feeds_.trust().peers().find(name);
  if (peer == nullptr || peer->agency.is_zero()) return std::nullopt;
  return peer->agency;
}

runtime::Task<void> Node::catch_up() {
  do {
    follow_due_ = true;
    stored_.notify_all();
    const Status passed = co_await followed_.wait();
    if (!passed.ok()) co_return;
  } while (follow_due_);
}

runtime::Task<void> Node::wait_for_news(std::chrono::seconds most) {
  (void)co_await runtime::with_timeout(clock_, most, followed_.wait());
}

Status Node::listen() {
  const auto path = started_.paths.directory() / api::kControlSocket;
  auto listener = runtime::listen_local(executor_, path, runtime::LocalAccess::kOwnerAndGroup);
  if (!listener.ok()) {
    const Error& error = listener.error();
    return Error{error.code, error.detail.empty() ? path.string() : path.string() + ": " + error.detail};
  }
  control_ = std::make_unique<http::LocalServer>(executor_, clock_, *std::move(listener),
                                                 api::control_service(&commands_,
                                                                      [this](const std::string& what) {
                                                                        log_.error({Code::kUnknown, what});
                                                                      }),
                                                 api::kControlConnections);
  return world_.start();
}

runtime::Task<void> Node::live() {
  look_at_store();
  if (started_.boot.restored) log_.warning({Code::kRestoredCopy, started_.paths.directory().string()});
  if (!started_.boot.clean) log_.info("the last run was cut off; its log was replayed");
  if (started_.rebuilt)
    log_.info("projections were built anew", {{"entries", std::to_string(*started_.rebuilt)}});
  tasks_.spawn("signals", attend_signals());
  tasks_.spawn("store watch", watch_store());
  tasks_.spawn("projections", follow_feeds());
  tasks_.spawn("quarantine", quarantine_.run());
  tasks_.spawn("keys watch", watch_keys());
  record_start();
  notifier_.ready();
  log_.info("started", {{"version", COMITY_VERSION},
                        {"agency", crypto::agency_id_text(started_.marker.agency)},
                        {"start", std::to_string(started_.boot.count)}});
  co_await tasks_.join();
  co_await draining_.join();
  co_await keys_.settled();
  co_await world_.close(kPeerGrace);
  co_await say_goodbye();
}

void Node::record_start() {
  const std::string text = config::render_config(started_.settings);
  Log::Pairs details{{"version", COMITY_VERSION},
                     {"start", std::to_string(started_.boot.count)},
                     {"clean", started_.boot.clean ? "yes" : "no"},
                     {"restored", started_.boot.restored ? "yes" : "no"},
                     {"settings", crypto::sha256(proto::as_bytes(text)).hex()}};
  const auto before = home::stored_settings(*started_.store);
  if (before.ok() && *before) {
    for (const config::Change& change : config::changes(**before, started_.settings))
      details.emplace_back("changed", change.name + ": " + change.before + " -> " + change.after);
  }
  feeds_.audit().record(
      node_event("node.start", now(), details),
      [text](storage::Batch& rows, const feed::Appended& /*entry*/) { home::put_settings(rows, text); });
}

runtime::Task<void> Node::say_goodbye() {
  feeds_.audit().record(node_event("node.stop", now()));
  const Status settled = co_await runtime::with_timeout(clock_, kLastWords, feeds_.audit().settled());
  const std::size_t lost = feeds_.audit().held();
  if (!settled.ok() || lost != 0) {
    log_.error({Code::kStoreReadOnly, "audit events that could not be written: " + std::to_string(lost)});
  }
}

runtime::Task<void> Node::follow_feeds() {
  for (;;) {
    if (!std::exchange(follow_due_, false)) {
      const Status woken = co_await runtime::with_timeout(clock_, kFollowEvery, stored_.wait());
      if (!woken.ok() && woken.error().code == Code::kCancelled) co_return;
    }
    std::function<proto::Result<bool>()> job = [this] { return feeds_.follow(); };
    auto work = [job = std::move(job)] { return job(); };
    const auto more = co_await pool_->run(std::move(work));
    if (!more.ok()) {
      if (more.error().code != last_follow_error_)
        log_.error(more.error(), {{"projections", "they fall behind"}});
      last_follow_error_ = more.error().code;
      const Status slept = co_await clock_.sleep_for(kFollowEvery);
      if (!slept.ok()) co_return;
      continue;
    }
    last_follow_error_.reset();
    if (*more) follow_due_ = true;
    followed_.notify_all();
  }
}

runtime::Task<void> Node::attend_signals() {
  for (;;) {
    const auto signal = co_await signals_.next();
    if (!signal.ok()) co_return;
    if (*signal == runtime::ProcessSignal::kHangUp) {
      reload();
    } else if (!std::exchange(stopping_, true)) {
      notifier_.stopping();
      log_.info("draining", {{"callers", std::to_string(control_->connections())}});
      draining_.spawn("drain", drain());
    } else {
      log_.info("stopping now");
      draining_.cancel();
    }
  }
}

runtime::Task<void> Node::drain() {
  co_await control_->drain(kDrainGrace);
  tasks_.cancel();
}

runtime::Task<void> Node::watch_store() {
  for (;;) {
    const Status slept = co_await clock_.sleep_for(kStoreLook);
    if (!slept.ok()) co_return;
    look_at_store();
  }
}

runtime::Task<void> Node::watch_keys() {
  for (;;) {
    keys_.warn();
    const Status slept = co_await clock_.sleep_for(kKeysLook);
    if (!slept.ok()) co_return;
  }
}

void Node::look_at_store() {
  auto why = started_.store->stats().read_only;
  if (!why && started_.uncounted) {
    // There is room again: what the start could not write is written now.
    const Status counted = count_start(started_, now());
    if (counted.ok()) {
      started_.uncounted.reset();
    } else {
      why = counted.error();
    }
  }
  if (why && !read_only_) {
    log_.error(*why, {{"store", "takes no writes"}});
    read_only_since_ = now();
  }
  if (!why) feeds_.audit().retry();
  if (!why && read_only_) {
    log_.info("the store takes writes again");
    feeds_.audit().record(node_event("store.writable", now(),
                                     {{"read_only_since", proto::moment_text(read_only_since_)},
                                      {"reason", proto::to_string(*read_only_)}}));
  }
  read_only_ = std::move(why);
}

void Node::reload() {
  notifier_.reloading();
  const config::Loaded loaded = config::load_settings(started_.paths.settings());
  v1::LocalAudit event = node_event("node.reload", now());
  feed::JoinBatch join;
  if (loaded.ok()) {
    Log::Pairs details;
    for (const config::Change& change : config::changes(started_.settings, loaded.settings)) {
      log_.info("a setting changed", {{"setting", change.name},
                                      {"before", change.before},
                                      {"after", change.after},
                                      {"takes_effect", change.needs_restart ? "restart" : "now"}});
      details.emplace_back("changed", change.name + ": " + change.before + " -> " + change.after);
    }
    event = node_event("node.reload", now(), details);
    join = [text = config::render_config(loaded.settings)](
               storage::Batch& rows, const feed::Appended& /*entry*/) { home::put_settings(rows, text); };
    started_.settings = config::apply_live(started_.settings, loaded.settings);
    log_.set_level(started_.settings.log.level);
    log_.info("settings were read again");
  } else {
    for (const Error& error : loaded.errors())
      log_.error(error);
    log_.error({Code::kReloadRefused, loaded.file});
    event.set_code(static_cast<std::uint32_t>(Code::kReloadRefused));
  }
  feeds_.audit().record(event, std::move(join));
  notifier_.ready();
}

api::NodeStatus Node::look() {
  const storage::Stats stats = started_.store->stats();
  api::NodeStatus status;
  status.agency_id = crypto::agency_id_text(started_.marker.agency);
  status.words = crypto::words_text(crypto::words_of(started_.marker.agency));
  status.name = started_.identity.chain.current().legal_name;
  status.short_name = started_.identity.chain.current().short_name;
  status.version = COMITY_VERSION;
  status.instance = world_.instance().hex();
  status.boot_count = started_.boot.count;
  status.restored = started_.boot.restored;
  status.started = proto::moment_text(since_);
  status.entries = count_entries(*started_.store);
  status.store_bytes = stats.disk_bytes;
  status.free_bytes = stats.free_bytes;
  status.read_only = stats.read_only ? stats.read_only : started_.uncounted;
  if (!status.read_only) status.read_only = world_.clone_here();
  for (const auto& [name, peer] : feeds_.trust().peers().all())
    status.peers.push_back(api::peer_json({feeds_.trust(), world_.federation()}, peer));
  status.keydoc = started_.identity.chain.version();
  status.keys_end = proto::moment_text(started_.identity.chain.current().expires);
  status.ready = !status.read_only && !stopping_;
  return status;
}

std::vector<proto::Finding> Node::look_after() {
  std::vector<proto::Finding> out;
  const auto why = read_only_ ? read_only_ : started_.store->stats().read_only;
  if (why) {
    out.push_back(proto::found_fail(Code::kCheckStore, proto::to_string(*why)));
  } else if (const std::size_t held = feeds_.audit().held(); held != 0) {
    out.push_back(
        proto::found_warn(Code::kCheckStore, std::to_string(held) + " audit events wait to be written"));
  } else {
    out.push_back(proto::found_ok(Code::kCheckStore, "the store takes writes"));
  }
  if (world_.federation().front_door() == nullptr)
    out.push_back(proto::found_warn(Code::kCheckListen, "this node does not listen"));
  for (proto::Finding& each : world_.federation().check_ends())
    out.push_back(std::move(each));
  return out;
}

Status Node::close() {
  control_.reset();
  const Status closed = started_.store->close();
  if (!closed.ok()) return closed;
  return count_end(started_, now());
}

}  // namespace comity::daemon
