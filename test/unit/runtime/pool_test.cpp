// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/pool.h"

#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "node/runtime/asio/system.h"
#include "node/runtime/loop.h"
#include "node/runtime/nursery.h"

namespace comity::runtime {
namespace {

Task<void> run_kinds(Pool* pool) {
  const std::thread::id owner = std::this_thread::get_id();
  auto where = [] { return std::this_thread::get_id(); };
  const std::thread::id worker = co_await pool->run(where);
  CHECK(worker != owner);
  CHECK(std::this_thread::get_id() == owner);

  auto moved = std::make_unique<int>(41);
  auto add = [moved = std::move(moved)] { return std::make_unique<int>(*moved + 1); };
  const std::unique_ptr<int> result = co_await pool->run(std::move(add));
  CHECK(*result == 42);

  int written = 0;
  auto write = [&written] { written = 7; };
  co_await pool->run(write);
  CHECK(written == 7);
}

Task<void> run_throwing(Pool* pool) {
  auto thrower = []() -> int { throw std::out_of_range("from the worker"); };
  (void)co_await pool->run(thrower);
}

Task<void> sum_up(Pool* pool, std::uint64_t from, std::uint64_t* total) {
  for (std::uint64_t i = 0; i < 50; ++i) {
    auto square = [number = from + i] { return number * number; };
    *total += co_await pool->run(square);
  }
}

Task<void> many(Pool* pool, std::uint64_t* total) {
  Nursery nursery(co_await this_executor);
  for (std::uint64_t i = 0; i < 20; ++i)
    nursery.spawn("sum", sum_up(pool, i * 50, total));
  co_await nursery.join();
}

Task<void> run_once(Pool* pool, int* out) {
  auto job = [] { return 5; };
  *out = co_await pool->run(job);
  const bool asked_to_stop = co_await stop_requested();
  CHECK(asked_to_stop);
}

Task<void> cancel_meanwhile(Pool* pool) {
  Nursery nursery(co_await this_executor);
  int out = 0;
  nursery.spawn("job", run_once(pool, &out));
  nursery.cancel();
  co_await nursery.join();
  CHECK(out == 5);
}

}  // namespace

TEST_CASE("the pool runs a job elsewhere and brings its value home") {
  Loop loop;
  const auto pool = make_thread_pool(2);
  loop.run(run_kinds(pool.get()));
}

TEST_CASE("the exception of a job comes out where the job was awaited") {
  Loop loop;
  const auto pool = make_thread_pool(1);
  CHECK_THROWS_WITH_AS(loop.run(run_throwing(pool.get())), "from the worker", std::out_of_range);
}

TEST_CASE("many tasks share the workers") {
  Loop loop;
  const auto pool = make_thread_pool(3);
  std::uint64_t total = 0;
  loop.run(many(pool.get(), &total));
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < 1000; ++i)
    expected += i * i;
  CHECK(total == expected);
}

TEST_CASE("cancellation does not cut a job short") {
  Loop loop;
  const auto pool = make_thread_pool(0);
  loop.run(cancel_meanwhile(pool.get()));
}

}  // namespace comity::runtime
