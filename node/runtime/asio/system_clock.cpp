// SPDX-License-Identifier: EUPL-1.2
#include <chrono>

#include <boost/asio/steady_timer.hpp>

#include "node/runtime/asio/guard.h"
#include "node/runtime/asio/system.h"

namespace comity::runtime {
namespace {

class SystemClock final : public Clock {
 public:
  explicit SystemClock(Executor executor) : executor_(std::move(executor)) {}

  Mono now() const noexcept override {
    return Mono(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
  }

  Wall wall_now() const noexcept override {
    return std::chrono::floor<Wall::duration>(std::chrono::system_clock::now());
  }

  Task<Status> sleep_until(Mono when) override { return sleep(executor_, when); }

 private:
  static Task<Status> sleep(Executor executor, Mono when) {
    COMITY_CO_CHECK(co_await detail::check_cancelled());
    boost::asio::steady_timer timer(executor, std::chrono::steady_clock::time_point(when.time_since_epoch()));
    const auto [error] = co_await timer.async_wait(detail::kAsTuple);
    if (error) co_return Error{Code::kCancelled};
    co_return Status{};
  }

  Executor executor_;
};

}  // namespace

std::unique_ptr<Clock> make_system_clock(Executor executor) {
  return std::make_unique<SystemClock>(std::move(executor));
}

}  // namespace comity::runtime
