// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

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
};

/// Answers one request. An exception ends in a 500 and the connection; expected failures are answers.
using Handler = std::function<Task<Response>(Request request, Caller caller)>;

/// The answer for a request that never became one, such as {kHttpHeaderTooLarge}: the room above decides how
/// a failure looks.
using Refusal = std::function<Response(const proto::Error& error)>;

}  // namespace comity::http
