// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "node/http/message.h"
#include "node/runtime/task.h"

namespace comity::http {

/// What handlers are written in: a coroutine of the owner thread (docs/coroutines.md has the rules).
template <class T>
using Task = runtime::Task<T>;

/// Who sends the request.
struct Caller {
  /// User number of the operating system, as the kernel told it for a Unix-domain socket; absent over TCP.
  std::optional<std::uint32_t> uid{};
  /// The other end of a TCP connection, without its port: a proxy, if one stands in between. Else empty.
  std::string address{};
};

/// Where a streamed answer goes. Owner thread.
class Outlet {
 public:
  Outlet() = default;
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  virtual ~Outlet() = default;

  /// Sends `bytes`; waits while the caller reads slowly. Errors: those of runtime::Stream, kTimedOut for a
  /// caller that takes nothing. After an error there is nobody left to write to.
  [[nodiscard]] virtual Task<proto::Status> write(std::string bytes) = 0;
};

/// The body of an answer that is made while it is sent and has no known length.
class Outflow {
 public:
  Outflow() = default;
  Outflow(const Outflow&) = delete;
  Outflow& operator=(const Outflow&) = delete;
  virtual ~Outflow() = default;

  /// Writes until there is nothing more to say, or nobody to say it to; the connection then ends. The outlet
  /// outlives the task.
  [[nodiscard]] virtual Task<void> run(Outlet* to) = 0;
};

/// Answers one request. An exception ends in a 500 and the connection; expected failures are answers.
using Handler = std::function<Task<Response>(Request request, Caller caller)>;

/// The answer for a request that never became one, such as {kHttpHeaderTooLarge}: the room above decides how
/// a failure looks.
using Refusal = std::function<Response(const proto::Error& error)>;

}  // namespace comity::http
