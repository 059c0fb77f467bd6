// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/runtime/task.h"

namespace comity::runtime {

/// One suspended coroutine and the event it waits for. It ends exactly once: by the first complete(), or by
/// cancellation if that comes earlier; whatever comes later is ignored. The coroutine resumes from the
/// executor, never inside complete(). Everything that waits in this project is built on it. Owner thread
/// only.
///
/// It usually lives in the frame of the coroutine that waits, together with a guard that takes its address
/// out of the list where the event looks for it.
class OneShot {
 public:
  OneShot();
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;
  /// A coroutine that still waits resumes with kCancelled.
  ~OneShot();

  /// Waits for the outcome; it may have come already. Error kCancelled, or the one given to complete(). At
  /// most one wait() per object: a second one throws std::logic_error.
  [[nodiscard]] Task<Status> wait();

  /// The same, deaf to cancellation. For those who must see the end of something, such as Nursery::join().
  [[nodiscard]] Task<Status> wait_shielded();

  /// Gives the outcome. False when it had one already.
  bool complete(Status outcome = {});

  [[nodiscard]] bool completed() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace comity::runtime
