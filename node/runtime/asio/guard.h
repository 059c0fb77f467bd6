// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "node/runtime/task.h"

/// Inside node/runtime/asio only: how every coroutine is started and how each wait treats cancellation.
namespace comity::runtime::detail {

/// The token for Asio's operations: the error code comes back as a value.
inline constexpr auto kAsTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

/// The outermost frame of every coroutine. It starts at the next turn of the loop, so that spawning never
/// runs foreign code in the middle of the caller's. Cancellation travels as kCancelled values, so Asio's own
/// throwing is off; a library that throws operation_aborted after a cancellation has ended in the way it was
/// asked to.
inline Task<void> guarded(Task<void> task) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_await boost::asio::post(boost::asio::use_awaitable);
  // The state is a handle: it shows a cancellation that comes later, and C++ forbids co_await in a handler.
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  try {
    co_await std::move(task);
  } catch (const boost::system::system_error& error) {
    if (error.code() != boost::asio::error::operation_aborted ||
        state.cancelled() == boost::asio::cancellation_type::none) {
      throw;
    }
  }
}

/// kCancelled when the coroutine was asked to stop earlier. Yields first, so that a loop which ignores the
/// answer starves nobody and a simulation can see it spin.
inline Task<Status> check_cancelled() {
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  if (state.cancelled() == boost::asio::cancellation_type::none) co_return Status{};
  co_await boost::asio::post(boost::asio::use_awaitable);
  co_return Error{Code::kCancelled};
}

}  // namespace comity::runtime::detail
