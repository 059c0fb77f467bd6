// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/quarantine.h"

#include "node/feed/feed_state.h"
#include "node/feed/quarantine.h"
#include "node/runtime/deadline.h"
#include "node/runtime/one_shot.h"
#include "proto/moment.h"

namespace comity::daemon {
namespace {

using proto::Code;
using proto::FeedId;
using proto::Result;
using proto::Seq;
using proto::Status;

constexpr std::size_t kStep = 256;  // entries
constexpr std::size_t kMostWaiting = 64;
constexpr std::chrono::milliseconds kPause{1};  // between steps, for everybody else
constexpr std::chrono::seconds kAgain{10};      // after a failure of the store

/// The feeds of the agency that others can see.
Result<std::vector<FeedId>> feeds_of(const storage::View& view, const proto::AgencyId& agency) {
  std::vector<FeedId> out;
  COMITY_CHECK(feed::each_feed(view, [&](const feed::FeedState& state) {
    if (state.agency() == agency && !state.inside) out.push_back(state.feed());
    return true;
  }));
  return out;
}

Result<std::vector<federation::Distrust>> waiting(storage::Store& store) {
  COMITY_TRY(const auto view, store.snapshot());
  return federation::waiting_distrusts(*view, kMostWaiting);
}

Result<std::vector<FeedId>> feeds_of(storage::Store& store, const proto::AgencyId& agency) {
  COMITY_TRY(const auto view, store.snapshot());
  return feeds_of(*view, agency);
}

}  // namespace

runtime::Task<Status> Quarantine::write(std::optional<v1::LocalAudit> event, storage::Batch rows) {
  const auto done = std::make_shared<runtime::OneShot>();
  feeds_.commit(std::move(event), std::move(rows), [done](const Status& stored) { done->complete(stored); });
  const Status stored = co_await done->wait();
  co_return stored;
}

runtime::Task<Status> Quarantine::judge(federation::Distrust distrust) {
  const feed::RevokedKey revoked{distrust.key, distrust.compromised, distrust.since};
  const auto feeds = feeds_of(*started_.store, distrust.agency);
  if (!feeds.ok()) co_return feeds.error();
  std::size_t count = 0;
  for (const FeedId& feed : *feeds) {
    std::optional<Seq> from = Seq{1};
    while (from) {
      const auto view = started_.store->snapshot();
      if (!view.ok()) co_return view.error();
      auto step = feed::judge_again(**view, started_.identity.keys.storage, feed, revoked, *from, kStep,
                                    feeds_.trust().now(), feeds_.projections());
      if (!step.ok()) co_return step.error();
      const std::size_t found = step->entries.size();
      from = step->next;
      if (found == 0) {
        const Status rested = co_await clock_.sleep_for(kPause);
        if (!rested.ok()) co_return rested;
        continue;
      }
      const Status stored = co_await write({}, std::move(step->rows));
      if (!stored.ok()) co_return stored;
      count += found;
    }
  }
  storage::Batch last;
  last.erase(federation::distrust_key(distrust));
  v1::LocalAudit event = node_event("quarantine.add", feeds_.trust().now(),
                                    {{"key", distrust.key.hex()},
                                     {"entries", std::to_string(count)},
                                     {"since", proto::moment_text(distrust.since)}});
  event.set_peer(feed::field(distrust.agency.view()));
  const Status stored = co_await write(std::move(event), std::move(last));
  if (stored.ok() && count != 0) {
    log_.info("entries by a revoked key are in quarantine",
              {{"key", distrust.key.hex()}, {"entries", std::to_string(count)}});
  }
  co_return stored;
}

runtime::Task<void> Quarantine::run() {
  for (;;) {
    if (!std::exchange(due_, false)) {
      const Status woken = co_await woken_.wait();
      if (!woken.ok()) co_return;
      continue;
    }
    const auto all = waiting(*started_.store);
    Status failed = all.ok() ? Status() : Status(all.error());
    if (all.ok()) {
      for (const federation::Distrust& distrust : *all) {
        const Status judged = co_await judge(distrust);
        if (judged.ok()) continue;
        if (judged.error().code == Code::kCancelled) co_return;
        failed = judged;
      }
      if (all->size() == kMostWaiting) due_ = true;
    }
    if (failed.ok()) continue;
    // Somebody decided about the same entry meanwhile, or the store takes no writes.
    log_.warning(failed.error(), {{"quarantine", "it is tried again"}});
    due_ = true;
    const Status rested = co_await clock_.sleep_for(kAgain);
    if (!rested.ok()) co_return;
  }
}

}  // namespace comity::daemon
