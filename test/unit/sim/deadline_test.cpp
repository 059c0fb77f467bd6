// SPDX-License-Identifier: EUPL-1.2
// with_deadline and Nursery::close under a virtual clock, where moments can be compared.
#include "node/runtime/deadline.h"

#include <optional>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include "test/unit/sim/fixture.h"

namespace comity::sim {
namespace {

using runtime::Clock;
using runtime::Code;
using runtime::Error;
using runtime::Result;
using runtime::Status;
using runtime::Task;
using std::chrono::seconds;

Task<Result<int>> work(Clock* clock, runtime::Duration span, Result<int> outcome) {
  const Status slept = co_await clock->sleep_for(span);
  if (!slept.ok()) co_return Error{slept.error()};
  co_return outcome;
}

Task<Result<int>> fail(Clock* clock) {
  const Status slept = co_await clock->sleep_for(seconds(1));
  if (slept.ok()) throw std::runtime_error("work");
  co_return 0;
}

struct Outcome {
  std::optional<Result<int>> result;
  runtime::Mono when{};
};

Task<void> bounded(Clock* clock, runtime::Mono deadline, Task<Result<int>> task, Outcome* out) {
  out->result.emplace(co_await runtime::with_deadline(*clock, deadline, std::move(task)));
  out->when = clock->now();
}

Task<void> throwing(Clock* clock, bool* caught) {
  try {
    (void)co_await runtime::with_timeout(*clock, seconds(5), fail(clock));
  } catch (const std::runtime_error&) {
    *caught = true;
  }
}

Task<void> note_end(Clock* clock, runtime::Duration span, std::vector<int>* ends, int name) {
  const Status slept = co_await clock->sleep_for(span);
  ends->push_back(slept.ok() ? name : -name);
}

Task<void> close_after(Clock* clock, runtime::Nursery* nursery, runtime::Mono* when) {
  co_await nursery->close(*clock, seconds(10));
  *when = clock->now();
}

}  // namespace

TEST_CASE("work in time gives its own outcome, at its own time") {
  Two two;
  Clock* clock = &two.a.clock();
  const runtime::Mono start = two.world.now();
  Outcome value;
  Outcome error;
  Outcome never;
  two.tasks.spawn("value", bounded(clock, start + seconds(5), work(clock, seconds(2), 7), &value));
  two.tasks.spawn("error", bounded(clock, start + seconds(5),
                                   work(clock, seconds(3), Error{Code::kConnectionReset}), &error));
  two.tasks.spawn("never", bounded(clock, runtime::kNever, work(clock, seconds(4), 9), &never));
  two.world.run_for(seconds(20));
  CHECK(value.result->value() == 7);
  CHECK(value.when == start + seconds(2));
  CHECK(error.result->error().code == Code::kConnectionReset);
  CHECK(never.result->value() == 9);
}

TEST_CASE("late work is cancelled at the deadline, which may have passed before it began") {
  Two two;
  Clock* clock = &two.a.clock();
  const runtime::Mono start = two.world.now();
  Outcome late;
  Outcome past;
  two.tasks.spawn("late", bounded(clock, start + seconds(5), work(clock, seconds(60), 7), &late));
  two.tasks.spawn("past", bounded(clock, start - seconds(5), work(clock, seconds(60), 7), &past));
  two.world.run_for(seconds(20));
  CHECK(late.result->error().code == Code::kTimedOut);
  CHECK(late.when == start + seconds(5));
  CHECK(past.result->error().code == Code::kTimedOut);
  CHECK(past.when == start);
}

TEST_CASE("a cancelled caller gets kCancelled, not a timeout") {
  Two two;
  Clock* clock = &two.a.clock();
  Outcome outcome;
  two.tasks.spawn("bounded",
                  bounded(clock, two.world.now() + seconds(5), work(clock, seconds(60), 7), &outcome));
  two.world.run_for(seconds(1));
  two.tasks.cancel();
  two.world.settle();
  CHECK(outcome.result->error().code == Code::kCancelled);
  CHECK(two.tasks.count() == 0);
}

TEST_CASE("an exception of the work comes out of with_timeout") {
  Two two;
  bool caught = false;
  two.tasks.spawn("throwing", throwing(&two.a.clock(), &caught));
  two.world.run_for(seconds(2));
  CHECK(caught);
}

TEST_CASE("closing a nursery waits for those who end in time and cancels the rest") {
  Two two;
  Clock* clock = &two.a.clock();
  runtime::Nursery nursery(two.world.executor());
  std::vector<int> ends;
  runtime::Mono closed{};
  const runtime::Mono start = two.world.now();
  nursery.spawn("quick", note_end(clock, seconds(4), &ends, 1));
  nursery.spawn("slow", note_end(clock, seconds(40), &ends, 2));
  two.tasks.spawn("close", close_after(clock, &nursery, &closed));
  two.world.run_for(seconds(60));
  CHECK(ends == std::vector<int>{1, -2});
  CHECK(closed == start + seconds(10));

  runtime::Nursery quick(two.world.executor());
  const runtime::Mono again = two.world.now();
  quick.spawn("quick", note_end(clock, seconds(4), &ends, 3));
  two.tasks.spawn("close", close_after(clock, &quick, &closed));
  two.world.run_for(seconds(60));
  CHECK(closed == again + seconds(4));
}

}  // namespace comity::sim
