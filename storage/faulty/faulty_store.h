// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "storage/faulty/fault_plan.h"
#include "storage/store.h"

namespace comity::storage {

/// How the store below dies and comes back, where a test can make it.
struct PowerCut {
  std::function<void()> cut;      ///< from now on nothing reaches the disk
  std::function<void()> restore;  ///< what was not synced is gone; the disk works again
  std::function<proto::Result<std::unique_ptr<Store>>()> open;
};

/// Any store, with faults on top: what the code above must survive. Keeps to the contract of Store in every
/// fault. Thread rules as Store; crash() and reopen() while no other call runs and no view is open.
class FaultyStore final : public Store {
 public:
  FaultyStore(std::unique_ptr<Store> inner, FaultPlan plan, PowerCut power = {});

  /// Power fails and returns: unsynced batches are gone, held answers are never given.
  [[nodiscard]] proto::Status crash();
  /// Ends the state after an unknown result, as opening the store anew would.
  void reopen();
  /// Ends the state after a full disk.
  void make_room();
  /// Gives up to `count` held answers, oldest first, on this thread; how many were given.
  std::size_t release_late(std::size_t count = SIZE_MAX);

  [[nodiscard]] proto::Result<std::unique_ptr<View>> snapshot() override;
  void submit(Batch batch, Durability durability, Completion done, WhenFull when_full) override;
  [[nodiscard]] proto::Status sync() override;
  [[nodiscard]] proto::Result<ChangePage> changes(Version after, std::size_t limit, Shown shown) override;
  [[nodiscard]] proto::Status trim_changes(Version upto) override;
  [[nodiscard]] proto::Status checkpoint(const std::string& path) override;
  [[nodiscard]] proto::Result<Verified> verify(Depth depth, const Verifying& verifying) override;
  [[nodiscard]] proto::Status compact(const Range& range) override;
  [[nodiscard]] Stats stats() override;
  [[nodiscard]] Caps caps() const override;
  [[nodiscard]] const Tables& tables() const override { return inner_->tables(); }
  /// Held answers are given first.
  proto::Status close() override;

 private:
  struct Held {
    Completion done;
    proto::Result<Version> result;
  };
  [[nodiscard]] proto::Status strike(StoreCall call);
  [[nodiscard]] std::optional<proto::Error> standing_refusal();
  void answer(const Completion& done, proto::Result<Version> result, bool late);

  const std::shared_ptr<FaultPlan> plan_;
  const PowerCut power_;
  std::mutex mutex_;
  std::deque<Held> held_;
  bool holding_ = false;
  bool full_disk_ = false;
  bool unknown_ = false;
  std::unique_ptr<Store> inner_;  // last: while it closes, its completions use the rest
};

}  // namespace comity::storage
