// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/loop.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "node/runtime/asio/guard.h"

namespace comity::runtime {
namespace {

int concurrency_hint(Loop::Threads threads) {
  return threads == Loop::Threads::kSingle ? BOOST_ASIO_CONCURRENCY_HINT_UNSAFE : 1;
}

}  // namespace

struct Loop::State {
  explicit State(Threads threads) : context(concurrency_hint(threads)), work(context.get_executor()) {}

  boost::asio::io_context context;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
};

Loop::Loop(Threads threads) : state_(std::make_unique<State>(threads)) {}
Loop::~Loop() = default;

Executor Loop::executor() const {
  return state_->context.get_executor();
}

void Loop::run(Task<void> task) {
  bool done = false;
  std::exception_ptr failure;
  boost::asio::co_spawn(executor(), detail::guarded(std::move(task)),
                        [&done, &failure](std::exception_ptr thrown) {
                          failure = std::move(thrown);
                          done = true;
                        });
  while (!done)
    state_->context.run_one();
  // The last steps of what the task joined are still in the queue.
  state_->context.poll();
  if (failure) std::rethrow_exception(failure);
}

void Loop::post(std::function<void()> function) {
  boost::asio::post(state_->context, std::move(function));
}

std::size_t Loop::poll(std::size_t limit) {
  std::size_t count = 0;
  while (count < limit && state_->context.poll_one() != 0)
    ++count;
  return count;
}

Task<void> yield_now() {
  co_await boost::asio::post(boost::asio::use_awaitable);
}

}  // namespace comity::runtime
