// SPDX-License-Identifier: EUPL-1.2
#include "storage/commit_queue.h"

#include <stdexcept>

#include <pthread.h>

namespace comity::storage {
namespace {

// What a waiting batch costs besides its bytes: slices, the completion, the queue's own node.
constexpr std::size_t kOverheadBytes = 512;

}  // namespace

CommitQueue::CommitQueue(Committer committer, std::size_t most_bytes, Write write, After after, Brief brief)
    : committer_(committer),
      most_bytes_(most_bytes),
      write_(std::move(write)),
      after_(std::move(after)),
      brief_(std::move(brief)) {
  if (committer_ == Committer::kThread) thread_ = std::thread([this] { run(); });
}

CommitQueue::~CommitQueue() {
  close();
}

std::size_t CommitQueue::cost(const Pending& pending) {
  return pending.batch.bytes() + kOverheadBytes;
}

bool CommitQueue::has_room(std::size_t bytes) const {
  // An empty queue takes any batch: the bound of a batch is the lower limit of the bound of the queue.
  return waiting_.empty() || waiting_bytes_ + bytes <= most_bytes_;
}

std::size_t CommitQueue::waiting_bytes() const {
  const std::lock_guard lock(mutex_);
  return waiting_bytes_;
}

void CommitQueue::submit(Pending pending, WhenFull when_full) {
  const std::size_t bytes = cost(pending);
  std::unique_lock lock(mutex_);
  if (when_full == WhenFull::kWait && writer_ == std::this_thread::get_id()) {
    throw std::logic_error("a completion may not wait for the store");
  }
  if (when_full == WhenFull::kWait) room_.wait(lock, [&] { return closing_ || has_room(bytes); });
  if (closing_ || !has_room(bytes)) {
    const auto code = closing_ ? proto::Code::kStoreClosing : proto::Code::kStoreQueueFull;
    lock.unlock();
    pending.done(proto::Error{code, {}});
    return;
  }
  if (may_write_on_caller(pending, when_full)) {
    write_on_caller(std::move(pending), lock);
    return;
  }
  waiting_bytes_ += bytes;
  waiting_.push_back(std::move(pending));
  if (committer_ == Committer::kCaller) {
    drain_on_caller(lock);
  } else if (waiting_.size() == 1) {
    lock.unlock();
    work_.notify_one();
  }
}

bool CommitQueue::may_write_on_caller(const Pending& pending, WhenFull when_full) const {
  if (committer_ == Committer::kCaller || writing_ || !waiting_.empty()) return false;
  if (when_full == WhenFull::kWait) return pending.durability == Durability::kBuffered;
  return brief_ && brief_(pending);
}

std::vector<CommitQueue::Pending> CommitQueue::next_group() {
  std::vector<Pending> group;
  std::size_t bytes = 0;
  while (!waiting_.empty()) {
    const std::size_t next = cost(waiting_.front());
    if (!group.empty() && bytes + next > proto::bounds::kStoreGroupBytes) break;
    bytes += next;
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_bytes_ -= bytes;
  return group;
}

void CommitQueue::write_group(std::vector<Pending> group) {
  auto results = write_(group);
  if (results.size() != group.size()) throw std::logic_error("a group needs one answer for each batch");
  for (std::size_t i = 0; i < group.size(); ++i)
    group[i].done(std::move(results[i]));
  if (after_) after_();
}

void CommitQueue::run() {
  ::pthread_setname_np(::pthread_self(), "comity-commit");
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [&] { return !writing_ && (closing_ || !waiting_.empty()); });
    if (waiting_.empty()) return;
    auto group = next_group();
    writing_ = true;
    writer_ = std::this_thread::get_id();
    lock.unlock();
    room_.notify_all();
    write_group(std::move(group));
    lock.lock();
    writer_ = {};
    writing_ = false;
  }
}

// The thread that finds nobody writing writes all that waits; a completion that submits again only queues.
void CommitQueue::drain_on_caller(std::unique_lock<std::mutex>& lock) {
  if (draining_) return;
  draining_ = true;
  writer_ = std::this_thread::get_id();
  while (!waiting_.empty()) {
    auto group = next_group();
    lock.unlock();
    room_.notify_all();
    write_group(std::move(group));
    lock.lock();
  }
  draining_ = false;
  writer_ = {};
  lock.unlock();
  room_.notify_all();
}

void CommitQueue::write_on_caller(Pending pending, std::unique_lock<std::mutex>& lock) {
  std::vector<Pending> group;
  group.push_back(std::move(pending));
  writing_ = true;
  writer_ = std::this_thread::get_id();
  lock.unlock();
  write_group(std::move(group));
  lock.lock();
  writer_ = {};
  writing_ = false;
  const bool wanted = closing_ || !waiting_.empty();
  lock.unlock();
  if (wanted) work_.notify_one();
}

void CommitQueue::close() {
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    if (committer_ == Committer::kCaller) room_.wait(lock, [&] { return !draining_; });
  }
  work_.notify_all();
  room_.notify_all();
  const std::lock_guard join_lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

}  // namespace comity::storage
