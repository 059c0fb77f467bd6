// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <exception>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <pthread.h>

#include "node/runtime/asio/guard.h"
#include "node/runtime/asio/system.h"

namespace comity::runtime {
namespace {

using Token = boost::asio::use_awaitable_t<>;

/// Names the calling thread once, for whoever looks at the node from outside.
void name_worker() {
  thread_local const int named = ::pthread_setname_np(::pthread_self(), "comity-worker");
  (void)named;
}

class ThreadPool final : public Pool {
 public:
  explicit ThreadPool(std::size_t threads) : workers_(std::max<std::size_t>(threads, 1)) {}
  ~ThreadPool() override { workers_.join(); }

 private:
  Task<void> execute(std::function<void()> job) override {
    Token token;
    return boost::asio::async_initiate<Token, void(std::exception_ptr)>(
        [this](auto handler, std::function<void()> work) {
          boost::asio::post(workers_, [handler = std::move(handler), work = std::move(work)]() mutable {
            name_worker();
            std::exception_ptr failure;
            try {
              work();
            } catch (...) {
              failure = std::current_exception();
            }
            const auto owner = boost::asio::get_associated_executor(handler);
            boost::asio::post(owner, [handler = std::move(handler), failure = std::move(failure)]() mutable {
              std::move(handler)(std::move(failure));
            });
          });
        },
        token, std::move(job));
  }

  boost::asio::thread_pool workers_;
};

}  // namespace

std::unique_ptr<Pool> make_thread_pool(std::size_t threads) {
  return std::make_unique<ThreadPool>(threads);
}

}  // namespace comity::runtime
