// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/asio/process_signals.h"

#include <csignal>

#include <boost/asio/signal_set.hpp>

#include "node/runtime/asio/guard.h"

namespace comity::runtime {

struct ProcessSignals::State {
  explicit State(Executor executor) : signals(std::move(executor), SIGTERM, SIGINT, SIGHUP) {}
  boost::asio::signal_set signals;
};

ProcessSignals::ProcessSignals(Executor executor) : state_(std::make_unique<State>(std::move(executor))) {}
ProcessSignals::~ProcessSignals() = default;

Task<Result<ProcessSignal>> ProcessSignals::next() {
  COMITY_CO_CHECK(co_await detail::check_cancelled());
  const auto [error, number] = co_await state_->signals.async_wait(detail::kAsTuple);
  if (error) co_return Error{Code::kCancelled};
  switch (number) {
    case SIGHUP:
      co_return ProcessSignal::kHangUp;
    case SIGINT:
      co_return ProcessSignal::kInterrupt;
    default:
      co_return ProcessSignal::kTerminate;
  }
}

}  // namespace comity::runtime
