// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <optional>

#include "node/api/command.h"
#include "node/api/status.h"
#include "node/daemon/feeds.h"
#include "node/daemon/keys.h"
#include "node/daemon/log.h"
#include "node/daemon/notify.h"
#include "node/daemon/quarantine.h"
#include "node/daemon/start.h"
#include "node/daemon/world.h"
#include "node/http/server.h"
#include "node/runtime/asio/process_signals.h"
#include "node/runtime/clock.h"
#include "node/runtime/condition.h"
#include "node/runtime/loop.h"
#include "node/runtime/nursery.h"
#include "node/runtime/pool.h"
#include "proto/finding.h"

namespace comity::daemon {

/// How long callers may finish what they have begun.
inline constexpr std::chrono::seconds kDrainGrace{10};
/// How often the store is asked whether it takes writes: a full disk ends by itself.
inline constexpr std::chrono::seconds kStoreLook{2};
/// How often projections look for what was stored, besides when they are told.
inline constexpr std::chrono::milliseconds kFollowEvery{500};
/// How often the end of our keys is thought of.
inline constexpr std::chrono::hours kKeysLook{24};
/// How long peers may take to hear our farewell.
inline constexpr std::chrono::seconds kPeerGrace{3};
/// How long the last audit events may take at the end.
inline constexpr std::chrono::seconds kLastWords{5};

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
  [[nodiscard]] runtime::Task<void> watch_store();
  [[nodiscard]] runtime::Task<void> watch_keys();
  [[nodiscard]] runtime::Task<void> follow_feeds();
  [[nodiscard]] runtime::Task<void> drain();
  [[nodiscard]] runtime::Task<void> say_goodbye();
  void record_start();
  void reload();
  void look_at_store();
  [[nodiscard]] api::NodeStatus look();
  [[nodiscard]] std::vector<proto::Finding> look_after();
  [[nodiscard]] home::Moment now() const;

  runtime::Clock& clock_;
  Log& log_;
  Notifier notifier_;
  Started started_;
  home::Moment since_;
  runtime::Executor executor_;
  [[nodiscard]] runtime::Task<void> wait_for_news(std::chrono::seconds most);
  [[nodiscard]] runtime::Task<void> catch_up();
  [[nodiscard]] std::optional<proto::AgencyId> agency_of(std::string_view name);
  void add_commands();
  void add_key_commands();

  crypto::SystemRandom random_;
  std::unique_ptr<runtime::Pool> pool_;
  std::unique_ptr<runtime::Net> net_;
  Feeds feeds_;
  World world_;
  Keys keys_;
  Quarantine quarantine_;
  runtime::Condition stored_;    ///< entries are on disk
  runtime::Condition followed_;  ///< and the projections know them
  bool follow_due_ = true;
  api::CommandTable commands_;
  std::optional<proto::Error> read_only_;  ///< as last seen
  std::optional<proto::Code> last_follow_error_;
  home::Moment read_only_since_;
  bool stopping_ = false;
  runtime::ProcessSignals signals_;
  std::unique_ptr<http::LocalServer> control_;
  runtime::Nursery draining_;
  runtime::Nursery tasks_;
};

}  // namespace comity::daemon
