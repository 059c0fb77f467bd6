// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/node.h"

#include <utility>

#include "crypto/bech32m.h"
#include "crypto/sha256.h"
#include "crypto/words.h"
#include "node/api/drafts.h"
#include "node/api/audit.h"
#include "node/api/checks.h"
#include "node/api/control.h"
#include "node/api/import.h"
#include "node/api/keys.h"
#include "node/api/peers.h"
#include "node/api/quarantine.h"
#include "node/api/record.h"
#include "node/api/search.h"
#include "node/api/spaces.h"
#include "node/api/wiki.h"
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
      core_({loop, clock, *net_, *pool_, random_, log, started_}),
      searching_(clock, log, started_, core_),
      signals_(executor_),
      draining_(executor_),
      tasks_(executor_) {}

Node::~Node() = default;

home::Moment Node::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
}

Status Node::begin() {
  COMITY_CHECK(core_.begin());
  COMITY_CHECK(searching_.begin());
  add_commands();
  return web_->begin();
}

void Node::add_commands() {
  Feeds& feeds = core_.feeds();
  World& world = core_.world();
  commands_.add("status", api::status_command([this] { return look(); }));
  commands_.add("audit/list", api::audit_list_command([&feeds](const proto::Bytes& after, std::size_t limit) {
                  return feeds.audit_page(after, limit);
                }));
  const api::PeerDesk peers{feeds.trust(), world.federation()};
  api::add_peer_commands(commands_, peers);
  api::add_agreement_commands(commands_, peers);
  commands_.add("doctor", api::doctor_command([this] { return look_after(); }));
  updates_ = std::make_unique<community::Updates>(
      community::UpdatesSetup{.spaces = world.spaces(),
                              .posts = world.posts(),
                              .self = started_.marker.agency,
                              .opened = [this, &feeds](const proto::SpaceId& space) {
                                v1::LocalAudit event = node_event("staff.open", now());
                                event.set_space(std::string(proto::as_text(space.view())));
                                feeds.audit().record(event);
                              }});
  const api::CommunityDesk desk{
      .store = *started_.store,
      .random = random_,
      .writer = feeds.writer(),
      .spaces = world.spaces(),
      .posts = world.posts(),
      .messages = world.messages(),
      .updates = *updates_,
      .directory = world.directory(),
      .pool = *pool_,
      .self = started_.marker.agency,
      .storage_key = started_.identity.keys.storage,
      .recent = feeds.recent(),
      .run = started_.boot.count,
      .now = [this] { return now(); },
      .agency_of = [this](std::string_view name) { return core_.agency_of(name); },
      .stated = [&world](const proto::SpaceId& space,
                         const proto::AgencyId& agency) { return world.federation().stated(space, agency); },
      .freshness = [&world](
                       const proto::SpaceId& space,
                       const proto::AgencyId& agency) { return world.federation().freshness(space, agency); },
      .commit =
          [&feeds](std::optional<v1::LocalAudit> event, storage::Batch rows,
                   std::function<void(Status)> done) {
            feeds.commit(std::move(event), std::move(rows), std::move(done));
          },
      .news = [this](std::chrono::seconds most) { return core_.wait_for_news(most); }};
  api::add_space_commands(commands_, desk);
  api::add_space_card_commands(commands_, desk);
  api::add_people_commands(commands_, desk);
  api::add_sign_in_commands(commands_, desk);
  api::add_post_commands(commands_, desk);
  api::add_discussion_commands(commands_, desk);
  api::add_attention_commands(commands_, desk);
  api::add_timeline_commands(commands_, desk);
  api::add_draft_commands(commands_, desk);
  api::add_search_commands(
      commands_, desk,
      {.find = [this](const policy::Reader& reader,
                      const community::search::SearchQuery& query) { return searching_.find(reader, query); },
       .people = [this](
                     const policy::Reader& reader,
                     const community::PeopleQuery& query) { return searching_.find_people(reader, query); }});
  api::add_wiki_commands(commands_, desk, [this] { return core_.catch_up(); });
  api::add_import_commands(commands_, desk, [this] { return core_.catch_up(); });
  add_key_commands();
  const api::WriteRecord write = [&feeds](const v1::LocalAudit& event, std::function<void()> done) {
    feeds.audit().record_now(event, {}, [&feeds, event, done = std::move(done)](const Status& written) {
      // The decision was taken: its record waits for a store that takes writes.
      if (!written.ok()) feeds.audit().record(event);
      done();
    });
  };
  api::put_on_record(commands_, write, [this] { return now(); });
  web_ = std::make_unique<Web>(executor_, clock_, *net_, log_, started_, commands_, desk);
}

void Node::add_key_commands() {
  Feeds& feeds = core_.feeds();
  World& world = core_.world();
  api::add_key_commands(commands_, {feeds.trust(), core_.keys()});
  api::add_quarantine_commands(
      commands_, {.store = *started_.store,
                  .storage_key = started_.identity.keys.storage,
                  .ingester = feeds.ingester(),
                  .agency_name = [&world](const proto::AgencyId& agency) { return world.name_of(agency); },
                  .space_name =
                      [&world](const proto::SpaceId& space) {
                        const community::Space* const known = world.spaces().find(space);
                        return known == nullptr ? std::string() : known->slug();
                      },
                  .now = [this] { return now(); },
                  .commit =
                      [&feeds](std::optional<v1::LocalAudit> event, storage::Batch rows,
                               std::function<void(Status)> done) {
                        feeds.commit(std::move(event), std::move(rows), std::move(done));
                      },
                  .released = [&world](const feed::Appended& entry) { world.released(entry); }});
}

Status Node::listen() {
  const auto path = started_.paths.directory() / api::kControlSocket;
  auto listener = runtime::listen_local(executor_, path, runtime::LocalAccess::kOwnerAndGroup);
  if (!listener.ok()) {
    const Error& error = listener.error();
    return Error{error.code, error.detail.empty() ? path.string() : path.string() + ": " + error.detail};
  }
  control_ = std::make_unique<http::Server>(executor_, clock_, http::local_door(*std::move(listener)),
                                            api::control_service(&commands_,
                                                                 [this](const std::string& what) {
                                                                   log_.error({Code::kUnknown, what});
                                                                 }),
                                            api::kControlConnections);
  COMITY_CHECK(core_.listen());
  web_->listen();
  return {};
}

runtime::Task<void> Node::live() {
  if (started_.boot.restored) log_.warning({Code::kRestoredCopy, started_.paths.directory().string()});
  if (!started_.boot.clean) log_.info("the last run was cut off; its log was replayed");
  if (started_.rebuilt)
    log_.info("projections were built anew", {{"entries", std::to_string(*started_.rebuilt)}});
  tasks_.spawn("signals", attend_signals());
  core_.run();
  tasks_.spawn("search index", searching_.run());
  notifier_.ready();
  log_.info("started", {{"version", COMITY_VERSION},
                        {"agency", crypto::agency_id_text(started_.marker.agency)},
                        {"start", std::to_string(started_.boot.count)}});
  co_await tasks_.join();
  co_await draining_.join();
  co_await core_.close();
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
  draining_.spawn("drain pages", web_->drain(kDrainGrace));
  co_await control_->drain(kDrainGrace);
  tasks_.cancel();
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
    core_.world().directory().refresh();
    core_.feeds().writer().flush();
    web_->reload();
    log_.info("settings were read again");
  } else {
    for (const Error& error : loaded.errors())
      log_.error(error);
    log_.error({Code::kReloadRefused, loaded.file});
    event.set_code(static_cast<std::uint32_t>(Code::kReloadRefused));
  }
  core_.feeds().audit().record(event, std::move(join));
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
  status.instance = core_.world().instance().hex();
  status.boot_count = started_.boot.count;
  status.restored = started_.boot.restored;
  status.started = proto::moment_text(since_);
  status.entries = count_entries(*started_.store);
  status.store_bytes = stats.disk_bytes;
  status.free_bytes = stats.free_bytes;
  status.read_only = stats.read_only ? stats.read_only : started_.uncounted;
  if (!status.read_only) status.read_only = core_.world().clone_here();
  for (const auto& [name, peer] : core_.feeds().trust().peers().all())
    status.peers.push_back(api::peer_json({core_.feeds().trust(), core_.world().federation()}, peer));
  status.keydoc = started_.identity.chain.version();
  status.keys_end = proto::moment_text(started_.identity.chain.current().expires);
  const auto search = searching_.look();
  status.search_ready = search.ready;
  status.search_done = search.done;
  status.search_total = search.total;
  status.web = web_->url();
  status.ready = !status.read_only && !stopping_;
  return status;
}

std::vector<proto::Finding> Node::look_after() {
  std::vector<proto::Finding> out;
  const auto why = core_.read_only() ? core_.read_only() : started_.store->stats().read_only;
  if (why) {
    out.push_back(proto::found_fail(Code::kCheckStore, proto::to_string(*why)));
  } else if (const std::size_t held = core_.feeds().audit().held(); held != 0) {
    out.push_back(
        proto::found_warn(Code::kCheckStore, std::to_string(held) + " audit events wait to be written"));
  } else {
    out.push_back(proto::found_ok(Code::kCheckStore, "the store takes writes"));
  }
  if (core_.world().federation().front_door() == nullptr)
    out.push_back(proto::found_warn(Code::kCheckListen, "this node does not listen"));
  if (web_->trouble()) {
    out.push_back(proto::found_warn(
        Code::kCheckListen, "the pages wait for their address: " + proto::to_string(*web_->trouble())));
  }
  for (proto::Finding& each : core_.world().federation().check_ends())
    out.push_back(std::move(each));
  return out;
}

Status Node::close() {
  control_.reset();
  web_.reset();
  const Status closed = started_.store->close();
  if (!closed.ok()) return closed;
  return count_end(started_, now());
}

}  // namespace comity::daemon
