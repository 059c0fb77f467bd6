// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/node.h"

#include <utility>

#include "crypto/bech32m.h"
#include "crypto/words.h"
#include "node/api/control.h"
#include "node/config/changes.h"
#include "node/daemon/counts.h"
#include "node/runtime/asio/local.h"

namespace comity::daemon {

using proto::Code;
using proto::Error;
using proto::Status;

Node::Node(runtime::Loop& loop, runtime::Clock& clock, Log& log, Started started)
    : clock_(clock),
      log_(log),
      started_(std::move(started)),
      since_(now()),
      executor_(loop.executor()),
      signals_(executor_),
      draining_(executor_),
      tasks_(executor_) {
  commands_.add("status", api::status_command([this] { return look(); }));
}

Node::~Node() = default;

home::Moment Node::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
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
  return {};
}

runtime::Task<void> Node::live() {
  look_at_store();
  if (started_.boot.restored) log_.warning({Code::kRestoredCopy, started_.paths.directory().string()});
  if (!started_.boot.clean) log_.info("the last run was cut off; its log was replayed");
  if (started_.rebuilt)
    log_.info("projections were built anew", {{"entries", std::to_string(*started_.rebuilt)}});
  tasks_.spawn("signals", attend_signals());
  tasks_.spawn("store watch", watch_store());
  notifier_.ready();
  log_.info("started", {{"version", COMITY_VERSION},
                        {"agency", crypto::agency_id_text(started_.marker.agency)},
                        {"start", std::to_string(started_.boot.count)}});
  co_await tasks_.join();
  co_await draining_.join();
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
  if (why && !read_only_) log_.error(*why, {{"store", "takes no writes"}});
  if (!why && read_only_) log_.info("the store takes writes again");
  read_only_ = std::move(why);
}

void Node::reload() {
  notifier_.reloading();
  const config::Loaded loaded = config::load_settings(started_.paths.settings());
  if (loaded.ok()) {
    for (const config::Change& change : config::changes(started_.settings, loaded.settings)) {
      log_.info("a setting changed", {{"setting", change.name},
                                      {"before", change.before},
                                      {"after", change.after},
                                      {"takes_effect", change.needs_restart ? "restart" : "now"}});
    }
    started_.settings = config::apply_live(started_.settings, loaded.settings);
    log_.set_level(started_.settings.log.level);
    log_.info("settings were read again");
  } else {
    for (const Error& error : loaded.errors())
      log_.error(error);
    log_.error({Code::kReloadRefused, loaded.file});
  }
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
  status.instance = started_.marker.instance.hex();
  status.boot_count = started_.boot.count;
  status.restored = started_.boot.restored;
  status.started = home::moment_text(since_);
  status.entries = count_entries(*started_.store);
  status.store_bytes = stats.disk_bytes;
  status.free_bytes = stats.free_bytes;
  status.read_only = stats.read_only ? stats.read_only : started_.uncounted;
  status.ready = !status.read_only && !stopping_;
  return status;
}

Status Node::close() {
  control_.reset();
  const Status closed = started_.store->close();
  if (!closed.ok()) return closed;
  return count_end(started_, now());
}

}  // namespace comity::daemon
