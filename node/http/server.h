// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/http/connection.h"
#include "node/runtime/asio/local.h"
#include "node/runtime/condition.h"
#include "node/runtime/nursery.h"

namespace comity::http {

/// Serves HTTP on a Unix-domain listener: each connection is a task, its caller the user whom the kernel
/// names. Owner thread. drain() before destruction.
class LocalServer {
 public:
  /// Begins to accept. At most `most` connections live at once; further callers wait in the system's queue.
  LocalServer(runtime::Executor executor, runtime::Clock& clock,
              std::unique_ptr<runtime::LocalListener> listener, Service service, std::size_t most);
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  ~LocalServer();

  [[nodiscard]] std::size_t connections() const noexcept { return open_; }

  /// Stops accepting, closes connections that wait for a request, lets the others finish their answer for
  /// `grace`, cancels what is left, and returns when no task is left. Not for a second time.
  [[nodiscard]] Task<void> drain(runtime::Duration grace);

 private:
  [[nodiscard]] Task<void> accept_loop();
  [[nodiscard]] Task<void> one(std::unique_ptr<runtime::Stream> stream, Caller caller);

  runtime::Clock& clock_;
  std::unique_ptr<runtime::LocalListener> listener_;
  Service service_;
  Draining draining_;
  std::size_t most_;
  std::size_t open_ = 0;
  runtime::Condition ended_;
  runtime::Nursery nursery_;
};

}  // namespace comity::http
