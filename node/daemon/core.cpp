// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/core.h"

#include <utility>

#include "crypto/sha256.h"
#include "node/community/discussion/notice_tidy.h"
#include "node/config/changes.h"
#include "node/config/write.h"
#include "node/runtime/deadline.h"
#include "proto/moment.h"

namespace comity::daemon {

using proto::Code;
using proto::Status;

namespace {

// How often old notifications are removed, of how many people in one step, and how long the next step waits
// for everybody else.
constexpr std::chrono::hours kTidyEvery{1};
constexpr std::size_t kTidyPeople = 32;
constexpr std::chrono::milliseconds kTidyPause{100};

proto::Result<community::NoticeTidying> tidy_step(storage::Store& store, home::Moment now,
                                                  const proto::UserId& after) {
  COMITY_TRY(const auto view, store.snapshot());
  COMITY_TRY(auto tidied, community::tidy_notices(*view, now, after, kTidyPeople));
  if (!tidied.rows.empty())
    COMITY_CHECK(store.commit(std::move(tidied.rows), storage::Durability::kBuffered));
  return tidied;
}

runtime::Task<void> tidy_notices_for_ever(storage::Store& store, runtime::Clock& clock, runtime::Pool& pool,
                                          Log& log) {
  proto::UserId after;
  for (bool more = false;;) {
    std::chrono::milliseconds pause = kTidyEvery;
    if (more) pause = kTidyPause;
    const Status slept = co_await clock.sleep_for(pause);
    if (!slept.ok()) co_return;
    const auto now = std::chrono::floor<std::chrono::milliseconds>(clock.wall_now());
    std::function<proto::Result<community::NoticeTidying>()> work = [&store, now, after] {
      return tidy_step(store, now, after);
    };
    const auto done = co_await pool.run(std::move(work));
    // A store that takes no writes is told of where it is watched.
    if (!done.ok() && done.error().code != Code::kStoreReadOnly)
      log.error(done.error(), {{"notifications", "old ones stay for now"}});
    more = done.ok() && done->more;
    after = more ? done->last : proto::UserId();
  }
}

}  // namespace

Core::Core(const CoreSetup& setup)
    : clock_(setup.clock),
      pool_(setup.pool),
      log_(setup.log),
      started_(setup.started),
      feeds_(setup.loop, setup.clock, setup.log, setup.random, setup.started),
      world_(setup.loop, setup.clock, setup.net, setup.pool, setup.random, setup.log, setup.started, feeds_),
      keys_(setup.loop.executor(), setup.started, feeds_, world_, setup.pool, setup.log, setup.random,
            [this] { return now(); }),
      quarantine_(setup.clock, feeds_, setup.log, setup.started),
      tasks_(setup.loop.executor()) {
  world_.on_stored([this](std::size_t entries) {
    follow_due_ = true;
    news_ += entries;
    stored_.notify_all();
  });
  world_.on_keys([this] { quarantine_.wake(); });
}

home::Moment Core::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.wall_now());
}

Status Core::begin() {
  COMITY_CHECK(feeds_.begin());
  COMITY_CHECK(world_.begin());
  keys_.recover();
  return {};
}

void Core::run() {
  look_at_store();
  tasks_.spawn("store watch", watch_store());
  tasks_.spawn("projections", follow_feeds());
  tasks_.spawn("quarantine", quarantine_.run());
  tasks_.spawn("keys watch", watch_keys());
  tasks_.spawn("tidy", tidy_notices_for_ever(*started_.store, clock_, pool_, log_));
  record_start();
}

runtime::Task<void> Core::close() {
  tasks_.cancel();
  co_await tasks_.join();
  co_await keys_.settled();
  co_await world_.close(kPeerGrace);
  co_await say_goodbye();
}

std::optional<proto::AgencyId> Core::agency_of(std::string_view name) {
  if (name == started_.identity.chain.current().short_name) return started_.marker.agency;
  const federation::Peer* const peer = feeds_.trust().peers().find(name);
  if (peer == nullptr || peer->agency.is_zero()) return std::nullopt;
  return peer->agency;
}

runtime::Task<void> Core::catch_up() {
  do {
    follow_due_ = true;
    stored_.notify_all();
    const Status passed = co_await followed_.wait();
    if (!passed.ok()) co_return;
  } while (follow_due_ || follow_again_);
}

runtime::Task<void> Core::wait_for_news(std::chrono::seconds most) {
  (void)co_await runtime::with_timeout(clock_, most, followed_.wait());
}

void Core::record_start() {
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

runtime::Task<void> Core::say_goodbye() {
  feeds_.audit().record(node_event("node.stop", now()));
  const Status settled = co_await runtime::with_timeout(clock_, kLastWords, feeds_.audit().settled());
  const std::size_t lost = feeds_.audit().held();
  if (!settled.ok() || lost != 0) {
    log_.error({Code::kStoreReadOnly, "audit events that could not be written: " + std::to_string(lost)});
  }
}

runtime::Task<void> Core::follow_feeds() {
  for (;;) {
    if (!std::exchange(follow_due_, false)) {
      const auto rest = std::exchange(follow_again_, false) ? kFollowAgain : kFollowEvery;
      const Status woken = co_await runtime::with_timeout(clock_, rest, stored_.wait());
      if (!woken.ok() && woken.error().code == Code::kCancelled) co_return;
    }
    const std::size_t news = std::exchange(news_, 0);
    std::function<proto::Result<bool>()> job = [this] { return feeds_.follow(); };
    std::optional<proto::Result<bool>> more_found;
    const bool here = news > 0 && news <= kFollowedHere;
    if (here) {
      more_found = job();
    } else {
      auto work = [job = std::move(job)] {
        auto more = job();
        for (int page = 1; page < kPagesAtOnce && more.ok() && *more; ++page)
          more = job();
        return more;
      };
      more_found = co_await pool_.run(std::move(work));
    }
    const proto::Result<bool>& more = *more_found;
    if (!more.ok()) {
      if (more.error().code != last_follow_error_)
        log_.error(more.error(), {{"projections", "they fall behind"}});
      last_follow_error_ = more.error().code;
      const Status slept = co_await clock_.sleep_for(kFollowEvery);
      if (!slept.ok()) co_return;
      continue;
    }
    last_follow_error_.reset();
    follow_again_ = *more && here;
    if (*more && !here) follow_due_ = true;
    followed_.notify_all();
    if (on_followed_) on_followed_();
    // Whoever is far behind waits for nothing between two steps, hence would not notice.
    if (tasks_.cancelled()) co_return;
  }
}

runtime::Task<void> Core::watch_keys() {
  for (;;) {
    keys_.warn();
    const Status slept = co_await clock_.sleep_for(kKeysLook);
    if (!slept.ok()) co_return;
  }
}

runtime::Task<void> Core::watch_store() {
  for (;;) {
    const Status slept = co_await clock_.sleep_for(kStoreLook);
    if (!slept.ok()) co_return;
    look_at_store();
  }
}

void Core::look_at_store() {
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

}  // namespace comity::daemon
