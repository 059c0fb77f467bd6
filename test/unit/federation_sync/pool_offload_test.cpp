// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/pool_offload.h"

#include <thread>

#include <doctest/doctest.h>

#include "node/runtime/asio/system.h"
#include "node/runtime/loop.h"

namespace comity::federation {
namespace {

runtime::Task<void> check_two(runtime::Pool* pool, std::vector<std::thread::id>* jobs,
                              std::vector<std::thread::id>* answers) {
  runtime::Nursery nursery(co_await runtime::this_executor);
  const Offload offload = pool_offload(*pool, nursery);
  for (int i = 0; i < 2; ++i) {
    jobs->emplace_back();
    std::thread::id* const place = &jobs->back();
    std::function<void()> job = [place] { *place = std::this_thread::get_id(); };
    std::function<void()> then = [answers] { answers->push_back(std::this_thread::get_id()); };
    offload(std::move(job), std::move(then));
  }
  co_await nursery.join();
}

}  // namespace

TEST_CASE("a batch is checked by a worker, and what follows runs on the owner thread") {
  runtime::Loop loop;
  const auto pool = runtime::make_thread_pool(2);
  std::vector<std::thread::id> jobs;
  jobs.reserve(2);
  std::vector<std::thread::id> answers;
  loop.run(check_two(pool.get(), &jobs, &answers));
  REQUIRE(answers.size() == 2);
  for (int i = 0; i < 2; ++i) {
    CHECK(jobs[static_cast<std::size_t>(i)] != std::this_thread::get_id());
    CHECK(answers[static_cast<std::size_t>(i)] == std::this_thread::get_id());
  }
}

}  // namespace comity::federation
