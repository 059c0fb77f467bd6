// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <list>
#include <memory>

#include "node/runtime/one_shot.h"

namespace comity::runtime {

/// "Something changed, look again": a condition variable for coroutines of one thread. It remembers nothing,
/// and needs not to: between looking and waiting nothing else runs. Wait in a loop over the real condition.
/// Owner thread only. Destroying it resumes those who wait with kCancelled.
class Condition {
 public:
  Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;
  ~Condition();

  /// Until the next notify. Error kCancelled.
  [[nodiscard]] Task<Status> wait();

  void notify_all();
  /// The one who has waited longest.
  void notify_one();

  [[nodiscard]] std::size_t waiting() const noexcept;

 private:
  using Waiters = std::list<OneShot*>;
  [[nodiscard]] static Task<Status> wait_in(std::shared_ptr<Waiters> waiters);
  std::shared_ptr<Waiters> waiters_;
};

}  // namespace comity::runtime
