// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/http/connection.h"
#include "node/http/door.h"
#include "node/runtime/condition.h"
#include "node/runtime/nursery.h"

namespace comity::http {

/// What happens to a caller who comes when all places are taken.
enum class WhenFull {
  kQueue,     ///< waits in the system's queue: callers who end by themselves
  kMakeRoom,  ///< takes the place of the one who has been silent longest: callers who may stay for ever
};

/// Serves HTTP on a door: each connection is a task. Owner thread. drain() before destruction.
class Server {
 public:
  /// Begins to accept; at most `most` connections live at once.
  Server(runtime::Executor executor, runtime::Clock& clock, std::unique_ptr<Door> door, Service service,
         std::size_t most, WhenFull when_full = WhenFull::kQueue);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  [[nodiscard]] std::size_t connections() const noexcept { return open_; }

  /// Stops accepting, closes connections that wait for a request, lets the others finish their answer for
  /// `grace`, cancels what is left, and returns when no task is left. Not for a second time.
  [[nodiscard]] Task<void> drain(runtime::Duration grace);

 private:
  [[nodiscard]] Task<void> accept_loop();
  [[nodiscard]] Task<void> one(std::unique_ptr<runtime::Stream> stream, Caller caller);

  runtime::Clock& clock_;
  std::unique_ptr<Door> door_;
  Service service_;
  Draining draining_;
  std::size_t most_;
  WhenFull when_full_;
  std::size_t open_ = 0;
  runtime::Condition ended_;
  runtime::Nursery nursery_;
};

}  // namespace comity::http
