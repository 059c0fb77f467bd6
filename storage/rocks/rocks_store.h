// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "storage/commit_queue.h"
#include "storage/rocks/db.h"
#include "storage/rocks/group.h"
#include "storage/rocks/health.h"
#include "storage/rocks/mark.h"
#include "storage/schema.h"

namespace comity::storage {

/// Store on RocksDB: the default. docs/store.md says which choices were made and why.
class RocksStore final : public Store {
 public:
  /// Opens the store in the directory `path`. Errors, each with the file or directory in its detail:
  /// kStoreMissing, kStoreLocked, kStorePermission, kStoreForeign, kStoreNewerSchema (it has column families
  /// that this version does not know), kStoreIncomplete, kStoreCorrupt (acknowledged batches are gone, or
  /// RocksDB finds damage), kStoreNoSpace, kStoreFailed. A refused store is left as it was.
  [[nodiscard]] static proto::Result<std::unique_ptr<Store>> open(const std::string& path, Tables tables,
                                                                  const RocksOptions& options);
  /// Creates a store in `path`, a directory that is missing or empty, marks it, and opens it. A creation that
  /// was interrupted is begun anew. Errors: kStoreExists, kStoreForeign (something else lies there), and
  /// those of open().
  [[nodiscard]] static proto::Result<std::unique_ptr<Store>> create(const std::string& path, Tables tables,
                                                                    const RocksOptions& options,
                                                                    const Stamp& stamp);
  ~RocksStore() override;

  [[nodiscard]] proto::Result<std::unique_ptr<View>> snapshot() override;
  void submit(Batch batch, Durability durability, Completion done, WhenFull when_full) override;
  [[nodiscard]] proto::Status sync() override;
  [[nodiscard]] proto::Result<ChangePage> changes(Version after, std::size_t limit, Shown shown) override;
  [[nodiscard]] proto::Status trim_changes(Version upto) override;
  [[nodiscard]] proto::Status checkpoint(const std::string& path) override;
  [[nodiscard]] proto::Result<Verified> verify(Depth depth, const Verifying& verifying) override;
  [[nodiscard]] proto::Status compact(const Range& range) override;
  [[nodiscard]] Stats stats() override;
  [[nodiscard]] Caps caps() const override { return {"rocksdb", true, true}; }
  [[nodiscard]] const Tables& tables() const override { return tables_; }
  proto::Status close() override;

 private:
  struct Opened;  // what open() found
  [[nodiscard]] static proto::Result<std::unique_ptr<Store>> open_found(const std::string& path,
                                                                        Tables tables,
                                                                        const RocksOptions& options);
  RocksStore(Opened opened, const RocksOptions& options);

  [[nodiscard]] std::vector<proto::Result<Version>> write(std::span<const CommitQueue::Pending> group);
  [[nodiscard]] std::vector<proto::Result<Version>> write_healthy(
      std::span<const CommitQueue::Pending> pending);
  [[nodiscard]] proto::Status write_group(Group& group, bool synced);
  [[nodiscard]] proto::Status sync_locked();
  [[nodiscard]] proto::Status trim_locked(Version upto);
  void write_mark();
  void write_mark_locked();
  [[nodiscard]] proto::Result<std::shared_ptr<RocksDb>> running() const;

  const Tables tables_;
  const std::size_t changes_kept_;
  const bool clean_start_;
  const bool mark_damaged_;

  mutable std::mutex db_mutex_;  // with write_mutex_ for changing the pointer, either for reading it
  std::shared_ptr<RocksDb> db_;  // empty once closed
  Health health_;

  std::mutex write_mutex_;  // one writer: the committer, or who syncs or trims
  std::unique_ptr<DurableMark> mark_;
  RecentIds ids_;
  std::atomic<Version> version_;
  std::atomic<Version> durable_;
  Version marked_;                   // with write_mutex_
  std::atomic<bool> quick_ = false;  // the last synced write
  std::atomic<Version> first_change_;

  std::atomic<std::uint64_t> batches_ = 0;
  std::atomic<std::uint64_t> groups_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<bool> closing_ = false;
  std::unique_ptr<CommitQueue> queue_;  // last: its thread uses the rest
};

}  // namespace comity::storage
