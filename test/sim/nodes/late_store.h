// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <memory>

#include "storage/store.h"
#include "test/sim/world.h"

namespace comity::sim::nodes {

/// A store whose synced batches take their time, so that a machine can fail between a batch and its answer:
/// they wait in a queue, as on their way to the disk, and are written after a random delay in their order.
/// Buffered batches go through at once and are lost with the bytes that nobody synced.
class LateStore final : public storage::Store {
 public:
  LateStore(World& world, std::unique_ptr<storage::Store> store, const std::string& machine);
  ~LateStore() override;

  /// The machine fails now: a random part of the queue still reaches the disk, and nobody hears of which.
  void fail();
  /// Batches that wait; above `kMost` a node queues without end.
  [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }

  [[nodiscard]] proto::Result<std::unique_ptr<storage::View>> snapshot() override;
  void submit(storage::Batch batch, storage::Durability durability, storage::Completion done,
              storage::WhenFull when_full) override;
  [[nodiscard]] proto::Status sync() override;
  [[nodiscard]] proto::Result<storage::ChangePage> changes(storage::Version after, std::size_t limit,
                                                           storage::Shown shown) override;
  [[nodiscard]] proto::Status trim_changes(storage::Version upto) override;
  [[nodiscard]] proto::Status checkpoint(const std::string& path) override;
  [[nodiscard]] proto::Result<storage::Verified> verify(storage::Depth depth,
                                                        const storage::Verifying& verifying) override;
  [[nodiscard]] proto::Status compact(const storage::Range& range) override;
  [[nodiscard]] storage::Stats stats() override { return store_->stats(); }
  [[nodiscard]] storage::Caps caps() const override { return store_->caps(); }
  [[nodiscard]] const storage::Tables& tables() const override { return store_->tables(); }
  proto::Status close() override;

 private:
  struct Waiting {
    storage::Batch batch;
    storage::Durability durability;
    storage::Completion done;
  };
  void write_one();
  void write_all();
  void plan();

  World& world_;
  std::unique_ptr<storage::Store> store_;
  Random random_;
  std::deque<Waiting> queue_;
  std::unique_ptr<Scheduled> next_;
  bool failed_ = false;
};

}  // namespace comity::sim::nodes
