// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "storage/store.h"

namespace comity::storage {

/// Whose thread commits.
enum class Committer : std::uint8_t {
  kThread,  ///< one thread of the store's own
  kCaller,  ///< the thread that calls submit(), before submit() returns: for simulations and offline tools
};

/// The line in front of the disk: takes batches from any thread, bounded in bytes, and hands them on in
/// order, as many at a time as wait, so that they share one write and one fsync.
class CommitQueue {
 public:
  struct Pending {
    Batch batch;
    Durability durability = Durability::kSynced;
    Completion done;
  };

  /// Writes a group and gives one answer for each of its batches, in order.
  using Write = std::function<std::vector<proto::Result<Version>>(std::span<const Pending> group)>;

  /// What can wait until a group has its answers; on the thread that wrote it.
  using After = std::function<void()>;

  /// Whether `pending`, from somebody who does not wait, may hold up the calling thread until it is written.
  using Brief = std::function<bool(const Pending& pending)>;

  /// Without `brief`, nobody who does not wait writes on the calling thread.
  CommitQueue(Committer committer, std::size_t most_bytes, Write write, After after = {}, Brief brief = {});
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;
  ~CommitQueue();  ///< close()

  /// As Store::submit(), for a batch that is within the bounds. Errors through `done`: kStoreClosing,
  /// kStoreQueueFull. Throws std::logic_error when a completion wants to wait: it would wait for itself.
  /// While nothing else waits, who waits for a batch, or has a brief one, writes it on the calling thread:
  /// waking another one, and being woken by it, costs more than a small write.
  void submit(Pending pending, WhenFull when_full);

  /// Refuses new batches, writes those that wait, ends the thread. Idempotent, any thread but the
  /// committer's.
  void close();

  [[nodiscard]] std::size_t waiting_bytes() const;

 private:
  [[nodiscard]] static std::size_t cost(const Pending& pending);
  [[nodiscard]] bool has_room(std::size_t bytes) const;
  [[nodiscard]] std::vector<Pending> next_group();
  void write_group(std::vector<Pending> group);
  void run();
  void drain_on_caller(std::unique_lock<std::mutex>& lock);
  void write_on_caller(Pending pending, std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool may_write_on_caller(const Pending& pending, WhenFull when_full) const;

  const Committer committer_;
  const std::size_t most_bytes_;
  const Write write_;
  const After after_;
  const Brief brief_;

  mutable std::mutex mutex_;
  std::condition_variable work_;  // something waits, or the queue closes
  std::condition_variable room_;  // bytes were taken out, or a caller finished draining
  std::deque<Pending> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool closing_ = false;
  bool writing_ = false;    // kThread: the committer, or a caller in its place
  bool draining_ = false;   // kCaller: some thread is writing
  std::thread::id writer_;  // who runs completions, while someone may
  std::mutex join_mutex_;
  std::thread thread_;
};

}  // namespace comity::storage
