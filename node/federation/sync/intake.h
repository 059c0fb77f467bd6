// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "comity/v1/session.pb.h"

#include "node/federation/sync/acks.h"
#include "node/feed/ingest.h"

namespace comity::federation {

/// Runs `job` on a worker and then `then` on the owner thread. `job` is a pure function over what it holds.
using Offload = std::function<void(std::function<void()> job, std::function<void()> then)>;

/// A batch that came in, and what it is judged by.
struct Received {
  AgencyId sender;
  std::uint64_t link = 0;  ///< which session
  v1::Lane lane = v1::LANE_LIVE;
  std::size_t bytes = 0;  ///< of the message, as credits count
  std::uint32_t cut = 0;  ///< entries of the message that were left out; credits count them too
  AgencyId author{};      ///< against whose day it was counted besides the sender's; zero: nobody's
  int counted_from = 0;   ///< index of the first entry that was counted
  WallTime counted{};     ///< when
  FeedId feed;
  v1::EntryBatch batch{};
  policy::Label ceiling{};
  Seq first{1};      ///< as in IngestContext
  Seq history_to{};  ///< as in IngestContext
};

/// What became of it.
struct Taken {
  Received received;
  Result<feed::Ingested> result = feed::Ingested{};
  Held after{};                      ///< the head of the feed once it was stored
  bool dropped = false;              ///< never looked at: something before it failed
  bool forked = false;               ///< it proved a fork, and the proof is stored
  std::vector<EntryId> withdraws{};  ///< stored entries of kind WITHDRAW
};

struct IntakeSetup {
  feed::Ingester& ingester;
  AgencyId self;
  std::function<WallTime()> now{};
  /// A snapshot that stays as it is while a worker reads it.
  std::function<std::shared_ptr<const feed::Signers>()> signers{};
  Offload offload{};
  /// Called once for each batch, after fsync where something was stored.
  std::function<void(Taken)> taken{};
};

/// Received batches on their way into the store: prepared on the owner thread, checked by a worker,
/// committed. Those of one feed stay in order, one of them with the worker at a time and several on their way
/// to the disk; feeds do not wait for each other. Owner thread.
class Intake {
 public:
  explicit Intake(IntakeSetup setup);
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;
  /// Nothing is told of what is still under way.
  ~Intake() = default;

  void take(Received received);
  /// What waits of the feed and was not begun is dropped, and told so.
  void drop(const FeedId& feed);

  /// Bytes of all messages that are not done.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Job;
  struct Lane {
    std::deque<std::shared_ptr<Job>> waiting{};
    bool checking = false;
  };
  void step(const FeedId& feed);
  void commit(const std::shared_ptr<Job>& job);
  void finish(const std::shared_ptr<Job>& job, Result<feed::Ingested> result);

  IntakeSetup setup_;
  std::map<FeedId, Lane> feeds_;
  std::size_t bytes_ = 0;
  std::shared_ptr<Intake*> self_;
};

}  // namespace comity::federation
