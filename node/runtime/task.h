// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <boost/asio/awaitable.hpp>

#include "proto/result.h"

namespace comity::runtime {

using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

/// A coroutine of the owner thread. It does nothing until it is awaited or given to a Nursery; destroying it
/// before that is harmless. The rules for writing one stand in docs/coroutines.md.
template <class T>
using Task = boost::asio::awaitable<T>;

/// Where coroutines run: always the one thread that owns protocol and state (see Loop).
using Executor = boost::asio::any_io_executor;

/// `co_await this_executor` gives the executor of the running coroutine.
inline constexpr boost::asio::this_coro::executor_t this_executor;

/// Whether the running coroutine has been asked to stop. Everything here that waits answers kCancelled from
/// then on; a long computation looks for itself.
[[nodiscard]] inline Task<bool> stop_requested() {
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  co_return state.cancelled() != boost::asio::cancellation_type::none;
}

/// Lets everything else that is ready run first.
[[nodiscard]] Task<void> yield_now();

}  // namespace comity::runtime

/// Inside a coroutine: ends it with the error of `expression`, or goes on.
#define COMITY_CO_CHECK(expression)                            \
  do {                                                         \
    auto comity_status = (expression);                         \
    if (!comity_status.ok()) {                                 \
      co_return ::comity::proto::Error(comity_status.error()); \
    }                                                          \
  } while (false)

#define COMITY_CO_TRY_INNER(result, declaration, expression)          \
  auto result = (expression);                                         \
  if (!result.ok()) co_return ::comity::proto::Error(result.error()); \
  declaration = *std::move(result)

/// Inside a coroutine: `COMITY_CO_TRY(auto n, co_await stream.read_some(buffer));` declares n, or ends the
/// coroutine with the error.
#define COMITY_CO_TRY(declaration, expression) \
  COMITY_CO_TRY_INNER(COMITY_CONCAT(comity_result_, __LINE__), declaration, expression)
