// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "node/federation/step.h"

namespace comity::federation {

/// Puts rows on disk, together with the audit event that records them if there is one; `done` is called on
/// the owner thread, after fsync or with the failure.
using Commit =
    std::function<void(std::optional<v1::LocalAudit> event, Rows rows, std::function<void(Status)> done)>;

/// Steps on their way to the disk. What a step brings about happens after its fsync, and in the order in
/// which steps were taken, whichever of them is on disk first. Owner thread.
class StepQueue {
 public:
  /// `reload` reads what is stored again after a batch has failed: memory is ahead of the store then. It
  /// waits until no step is under way: what is read while one is would lack what that one is about to store.
  StepQueue(Commit commit, std::function<void(const Error&)> reload)
      : commit_(std::move(commit)), reload_(std::move(reload)), self_(std::make_shared<StepQueue*>(this)) {}
  StepQueue(const StepQueue&) = delete;
  StepQueue& operator=(const StepQueue&) = delete;
  ~StepQueue() = default;

  using Then = std::function<void(Step step, const Status& stored)>;
  void run(Step step, Then then);

  [[nodiscard]] bool idle() const noexcept { return steps_.empty(); }

 private:
  struct Pending {
    Step step;
    Then then;
    std::optional<Status> stored{};
  };
  void settle();

  Commit commit_;
  std::function<void(const Error&)> reload_;
  std::deque<std::shared_ptr<Pending>> steps_;
  bool settling_ = false;
  std::optional<Error> failed_{};  ///< since the last reload
  std::shared_ptr<StepQueue*> self_;
};

}  // namespace comity::federation
