// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>

#include "node/daemon/feeds.h"
#include "node/daemon/keys.h"
#include "node/daemon/log.h"
#include "node/daemon/quarantine.h"
#include "node/daemon/start.h"
#include "node/daemon/world.h"
#include "node/runtime/clock.h"
#include "node/runtime/condition.h"
#include "node/runtime/loop.h"
#include "node/runtime/nursery.h"
#include "node/runtime/pool.h"

namespace comity::daemon {

/// How often the store is asked whether it takes writes: a full disk ends by itself.
inline constexpr std::chrono::seconds kStoreLook{2};
/// How often projections look for what was stored, besides when they are told.
inline constexpr std::chrono::milliseconds kFollowEvery{500};
/// After few entries were projected, what they left to do waits this long for more of them to come.
inline constexpr std::chrono::milliseconds kFollowAgain{2};
/// So few new entries are projected on the owner thread: for them the way to another one and back costs more
/// than the work.
inline constexpr std::size_t kFollowedHere = 2;
/// Pages of changes that a worker takes in one turn: under load each hand-over waits behind much else, and
/// projections that fall behind the change stream have to be rebuilt.
inline constexpr int kPagesAtOnce = 32;
/// How often the end of our keys is thought of.
inline constexpr std::chrono::hours kKeysLook{24};
/// How long peers may take to hear our farewell.
inline constexpr std::chrono::seconds kPeerGrace{3};
/// How long the last audit events may take at the end.
inline constexpr std::chrono::seconds kLastWords{5};

/// What a node is made of: everything that it touches of the machine. References outlive it.
struct CoreSetup {
  runtime::Loop& loop;
  runtime::Clock& clock;
  runtime::Net& net;
  runtime::Pool& pool;
  crypto::Random& random;
  Log& log;
  Started& started;
};

/// The node without what only a process has (signals, control socket, service manager): feeds, peers, spaces,
/// the tasks that keep them going, and the record of starts and stops. comityd puts it on a real machine, the
/// simulation on its own. Owner thread.
class Core {
 public:
  explicit Core(const CoreSetup& setup);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core() = default;

  /// Takes up the feeds; before the rest. Blocks on the disk. Errors: those of Feeds::begin() and
  /// World::begin().
  [[nodiscard]] proto::Status begin();
  /// Opens the door for peers and begins to dial. Errors: those of runtime::Net::listen().
  [[nodiscard]] proto::Status listen() { return world_.start(); }
  /// Starts the tasks, and records the start.
  void run();
  /// Ends the tasks, says goodbye to the peers, records the end. After run().
  [[nodiscard]] runtime::Task<void> close();

  [[nodiscard]] Feeds& feeds() noexcept { return feeds_; }
  [[nodiscard]] World& world() noexcept { return world_; }
  [[nodiscard]] Keys& keys() noexcept { return keys_; }
  [[nodiscard]] home::Moment now() const;
  /// Why the store takes no writes, as last seen.
  [[nodiscard]] const std::optional<proto::Error>& read_only() const noexcept { return read_only_; }
  /// An agency by the name that people write behind the @.
  [[nodiscard]] std::optional<proto::AgencyId> agency_of(std::string_view name);

  /// Told when the projections have followed, about every kFollowEvery when nothing happens.
  void on_followed(std::function<void()> followed) { on_followed_ = std::move(followed); }

  /// Waits until the projections know what is on disk now.
  [[nodiscard]] runtime::Task<void> catch_up();
  /// Waits until they know something new, at most so long.
  [[nodiscard]] runtime::Task<void> wait_for_news(std::chrono::seconds most);

 private:
  [[nodiscard]] runtime::Task<void> watch_store();
  [[nodiscard]] runtime::Task<void> watch_keys();
  [[nodiscard]] runtime::Task<void> follow_feeds();
  [[nodiscard]] runtime::Task<void> say_goodbye();
  void record_start();
  void look_at_store();

  runtime::Clock& clock_;
  runtime::Pool& pool_;
  Log& log_;
  Started& started_;
  Feeds feeds_;
  World world_;
  Keys keys_;
  Quarantine quarantine_;
  runtime::Condition stored_;    ///< entries are on disk
  runtime::Condition followed_;  ///< and the projections know them
  std::function<void()> on_followed_;
  bool follow_due_ = true;
  bool follow_again_ = false;  ///< the next step can wait for more news
  std::size_t news_ = 0;       ///< entries stored since the projections were last sent to look
  std::optional<proto::Error> read_only_;
  std::optional<proto::Code> last_follow_error_;
  home::Moment read_only_since_;
  runtime::Nursery tasks_;
};

}  // namespace comity::daemon
