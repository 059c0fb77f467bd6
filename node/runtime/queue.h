// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>

#include "node/runtime/condition.h"

namespace comity::runtime {

/// First in, first out between tasks of one thread, bounded in bytes: a producer waits or is told, nothing
/// grows. Owner thread only.
template <class T>
class Queue {
 public:
  /// Holds items of at most `capacity` bytes together.
  explicit Queue(std::size_t capacity) : capacity_(capacity) {}

  /// Adds `item`, which counts as `bytes`, when there is room. Errors: kQueueFull, kStreamClosed after
  /// close().
  [[nodiscard]] Status try_push(T item, std::size_t bytes) {
    if (closed_) return Error{Code::kStreamClosed};
    if (bytes > capacity_ - bytes_) return Error{Code::kQueueFull};
    add(std::move(item), bytes);
    return {};
  }

  /// Waits for room. Errors: kQueueFull when `bytes` exceeds the whole capacity, kStreamClosed, kCancelled.
  [[nodiscard]] Task<Status> push(T item, std::size_t bytes) {
    if (bytes > capacity_) co_return Error{Code::kQueueFull};
    while (!closed_ && bytes > capacity_ - bytes_)
      COMITY_CO_CHECK(co_await room_.wait());
    if (closed_) co_return Error{Code::kStreamClosed};
    add(std::move(item), bytes);
    co_return Status{};
  }

  /// The oldest item; waits for one. After close() the rest still comes out, then kStreamClosed. kCancelled.
  [[nodiscard]] Task<Result<T>> pop() {
    while (items_.empty() && !closed_)
      COMITY_CO_CHECK(co_await arrived_.wait());
    if (items_.empty()) co_return Error{Code::kStreamClosed};
    Item item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= item.bytes;
    room_.notify_all();
    co_return std::move(item.value);
  }

  /// No more pushes; everybody who waits wakes up. Idempotent.
  void close() {
    closed_ = true;
    room_.notify_all();
    arrived_.notify_all();
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  /// The most bytes it ever held.
  [[nodiscard]] std::size_t high_water() const noexcept { return high_water_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  struct Item {
    T value;
    std::size_t bytes;
  };

  void add(T item, std::size_t bytes) {
    items_.push_back(Item{std::move(item), bytes});
    bytes_ += bytes;
    high_water_ = std::max(high_water_, bytes_);
    arrived_.notify_one();
  }

  std::deque<Item> items_;
  std::size_t capacity_;
  std::size_t bytes_ = 0;
  std::size_t high_water_ = 0;
  bool closed_ = false;
  Condition room_;
  Condition arrived_;
};

}  // namespace comity::runtime
