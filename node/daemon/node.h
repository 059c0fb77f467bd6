// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/api/command.h"
#include "node/api/status.h"
#include "node/community/posts/updates.h"
#include "node/daemon/core.h"
#include "node/daemon/notify.h"
#include "node/daemon/searching.h"
#include "node/daemon/web.h"
#include "node/http/server.h"
#include "node/runtime/asio/process_signals.h"
#include "proto/finding.h"

namespace comity::daemon {

/// How long callers may finish what they have begun.
inline constexpr std::chrono::seconds kDrainGrace{10};

/// The running node: joins the rooms, answers signals, ends in order. Owner thread.
class Node {
 public:
  Node(runtime::Loop& loop, runtime::Clock& clock, Log& log, Started started);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  /// Takes up the feeds; before listen(). Blocks on the disk. Errors: those of Feeds::begin().
  [[nodiscard]] proto::Status begin();

  /// Opens the control socket, and the door for peers. Errors: those of runtime::listen_local() and
  /// Net::listen().
  [[nodiscard]] proto::Status listen();

  /// Runs until a signal ends it and everything has drained.
  [[nodiscard]] runtime::Task<void> live();

  /// Closes the store and counts the orderly end; after live(). Blocks on the disk.
  [[nodiscard]] proto::Status close();

 private:
  [[nodiscard]] runtime::Task<void> attend_signals();
  [[nodiscard]] runtime::Task<void> drain();
  void reload();
  [[nodiscard]] api::NodeStatus look();
  [[nodiscard]] std::vector<proto::Finding> look_after();
  [[nodiscard]] home::Moment now() const;

  runtime::Clock& clock_;
  Log& log_;
  Notifier notifier_;
  Started started_;
  home::Moment since_;
  runtime::Executor executor_;
  void add_commands();
  void add_key_commands();

  crypto::SystemRandom random_;
  std::unique_ptr<runtime::Pool> pool_;
  std::unique_ptr<runtime::Net> net_;
  Core core_;
  std::unique_ptr<community::Updates> updates_;
  Searching searching_;
  api::CommandTable commands_;
  bool stopping_ = false;
  runtime::ProcessSignals signals_;
  std::unique_ptr<http::Server> control_;
  std::unique_ptr<Web> web_;
  runtime::Nursery draining_;
  runtime::Nursery tasks_;
};

}  // namespace comity::daemon
