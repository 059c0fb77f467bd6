// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <atomic>

#include "proto/bounds.h"
#include "storage/commit_queue.h"
#include "storage/memory/memory_disk.h"

namespace comity::storage {

struct MemoryOptions {
  Committer committer = Committer::kCaller;
  std::size_t queue_bytes = proto::bounds::kStoreQueueBytes;
  std::size_t changes_kept = proto::bounds::kStoreChangesKept;  ///< batches
};

/// The oracle: an ordered map that does batch by batch what the other adapters do cleverly.
class MemoryStore final : public Store {
 public:
  /// Opens `disk`, empty or as a store left it. Error kStoreLocked while another store has it open.
  [[nodiscard]] static proto::Result<std::unique_ptr<Store>> open(std::shared_ptr<MemoryDisk> disk,
                                                                  Tables tables,
                                                                  const MemoryOptions& options = {});
  ~MemoryStore() override;

  [[nodiscard]] proto::Result<std::unique_ptr<View>> snapshot() override;
  void submit(Batch batch, Durability durability, Completion done, WhenFull when_full) override;
  [[nodiscard]] proto::Status sync() override;
  [[nodiscard]] proto::Result<ChangePage> changes(Version after, std::size_t limit, Shown shown) override;
  [[nodiscard]] proto::Status trim_changes(Version upto) override;
  /// The copy appears in MemoryDisk::checkpoints under `path`.
  [[nodiscard]] proto::Status checkpoint(const std::string& path) override;
  [[nodiscard]] proto::Result<Verified> verify(Depth depth, const Verifying& verifying) override;
  [[nodiscard]] proto::Status compact(const Range& range) override;
  [[nodiscard]] Stats stats() override;
  [[nodiscard]] Caps caps() const override { return {"memory", false, true}; }
  [[nodiscard]] const Tables& tables() const override { return tables_; }
  proto::Status close() override;

 private:
  MemoryStore(std::shared_ptr<MemoryDisk> disk, Tables tables, const MemoryOptions& options);
  [[nodiscard]] std::vector<proto::Result<Version>> write(std::span<const CommitQueue::Pending> group);
  [[nodiscard]] proto::Result<Version> write_one(const CommitQueue::Pending& pending);
  void trim(Version upto);

  const std::shared_ptr<MemoryDisk> disk_;
  const Tables tables_;
  const MemoryOptions options_;
  std::atomic<bool> closed_ = false;
  std::atomic<std::uint64_t> batches_ = 0;
  std::atomic<std::uint64_t> groups_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  bool clean_start_ = true;
  CommitQueue queue_;  // last: its thread uses the rest
};

}  // namespace comity::storage
