// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/pool_offload.h"

namespace comity::federation {
namespace {

// A type of its own: Pool::run() cannot tell a reference to a function from the function.
struct Job {
  std::function<void()> work;
  void operator()() const { work(); }
};

runtime::Task<void> check(runtime::Pool* pool, std::function<void()> job, std::function<void()> then) {
  Job work{std::move(job)};
  co_await pool->run(std::move(work));
  then();
}

}  // namespace

Offload pool_offload(runtime::Pool& pool, runtime::Nursery& nursery) {
  return [pool = &pool, nursery = &nursery](std::function<void()> job, std::function<void()> then) {
    nursery->spawn("check batch", check(pool, std::move(job), std::move(then)));
  };
}

}  // namespace comity::federation
