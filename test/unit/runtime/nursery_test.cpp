// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/nursery.h"

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/runtime/asio/system.h"
#include "node/runtime/deadline.h"
#include "node/runtime/loop.h"
#include "node/runtime/one_shot.h"

namespace comity::runtime {
namespace {

Task<void> wait_for(OneShot* event, std::vector<Code>* codes) {
  const Status status = co_await event->wait();
  codes->push_back(status.ok() ? Code::kUnknown : status.error().code);
}

Task<void> append(std::vector<int>* out, int value) {
  out->push_back(value);
  co_return;
}

Task<void> fail(std::string reason) {
  co_await yield_now();
  throw std::runtime_error(reason);
}

Task<void> until_cancelled(std::vector<Code>* codes) {
  OneShot never;
  co_await wait_for(&never, codes);
}

/// Waits twice although the first wait said "cancelled".
Task<void> stubborn(std::vector<Code>* codes) {
  co_await until_cancelled(codes);
  co_await until_cancelled(codes);
}

Task<void> spawn_three(Nursery* nursery, std::vector<int>* out) {
  for (int i = 0; i < 3; ++i)
    nursery->spawn("append", append(out, i));
  CHECK(nursery->count() == 3);
  CHECK(out->empty());
  co_await nursery->join();
  CHECK(nursery->count() == 0);
}

Task<void> cancel_and_join(Nursery* nursery) {
  co_await yield_now();
  nursery->cancel();
  co_await nursery->join();
}

Task<void> join(Nursery* nursery) {
  co_await nursery->join();
}

/// A task that owns tasks itself, as a session does.
Task<void> family(std::vector<Code>* codes) {
  Nursery inner(co_await this_executor);
  inner.spawn("child", until_cancelled(codes));
  inner.spawn("child", until_cancelled(codes));
  co_await inner.join();
}

/// Runs `body` in a process of its own and gives the signal that ended it.
template <class Body>
int signal_that_ends(Body body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    std::signal(SIGABRT, SIG_DFL);
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("a nursery runs its tasks in the order of their start and counts them") {
  Loop loop;
  Nursery nursery(loop.executor());
  std::vector<int> out;
  loop.run(spawn_three(&nursery, &out));
  CHECK(out == std::vector<int>{0, 1, 2});
}

TEST_CASE("cancel ends every wait, now and later, and refuses new tasks") {
  Loop loop;
  Nursery nursery(loop.executor());
  std::vector<Code> codes;
  nursery.spawn("stubborn", stubborn(&codes));
  nursery.spawn("waits", until_cancelled(&codes));
  loop.run(cancel_and_join(&nursery));
  CHECK(codes == std::vector<Code>(3, Code::kCancelled));
  CHECK(nursery.cancelled());
  CHECK_FALSE(nursery.spawn("late", until_cancelled(&codes)));
  CHECK(nursery.count() == 0);
  CHECK(codes.size() == 3);
}

TEST_CASE("a task spawned and cancelled before its first step still sees the cancellation") {
  Loop loop;
  Nursery nursery(loop.executor());
  std::vector<Code> codes;
  nursery.spawn("waits", until_cancelled(&codes));
  nursery.cancel();
  loop.run(join(&nursery));
  CHECK(codes == std::vector<Code>{Code::kCancelled});
}

TEST_CASE("one for all: an exception cancels the others and comes out of join, once") {
  Loop loop;
  Nursery nursery(loop.executor());
  std::vector<Code> codes;
  nursery.spawn("waits", until_cancelled(&codes));
  nursery.spawn("fails", fail("the reason"));
  CHECK_THROWS_WITH_AS(loop.run(join(&nursery)), "the reason", std::runtime_error);
  CHECK(codes == std::vector<Code>{Code::kCancelled});
  CHECK_NOTHROW(loop.run(join(&nursery)));
}

TEST_CASE("each for itself: exceptions are reported by name and the others go on") {
  Loop loop;
  std::vector<std::string> failures;
  Nursery nursery(loop.executor(), [&failures](const std::string& name, std::exception_ptr failure) {
    try {
      std::rethrow_exception(std::move(failure));
    } catch (const std::runtime_error& error) {
      failures.push_back(name + ": " + error.what());
    }
  });
  std::vector<int> out;
  nursery.spawn("first", fail("broke"));
  nursery.spawn("second", fail("broke too"));
  nursery.spawn("third", append(&out, 3));
  loop.run(join(&nursery));
  CHECK(failures == std::vector<std::string>{"first: broke", "second: broke too"});
  CHECK(out == std::vector<int>{3});
  CHECK_FALSE(nursery.cancelled());
}

TEST_CASE("cancelling a task that joins children cancels the children and waits for them") {
  Loop loop;
  Nursery nursery(loop.executor());
  std::vector<Code> codes;
  nursery.spawn("family", family(&codes));
  loop.run(cancel_and_join(&nursery));
  CHECK(codes == std::vector<Code>{Code::kCancelled, Code::kCancelled});
}

TEST_CASE("destroying a nursery with living tasks, or with an unseen failure, ends the program") {
  CHECK(signal_that_ends([] {
          Loop loop;
          std::vector<Code> codes;
          Nursery nursery(loop.executor());
          nursery.spawn("alive", until_cancelled(&codes));
        }) == SIGABRT);
  CHECK(signal_that_ends([] {
          Loop loop;
          Nursery nursery(loop.executor());
          nursery.spawn("fails", fail("unseen"));
          while (nursery.count() != 0)
            loop.poll(1);
        }) == SIGABRT);
  CHECK(signal_that_ends([] {
          Loop loop;
          Nursery nursery(loop.executor());
          std::vector<int> out;
          loop.run(spawn_three(&nursery, &out));
        }) == 0);
}

TEST_CASE("the exception of the main task comes out of Loop::run") {
  Loop loop;
  CHECK_THROWS_WITH_AS(loop.run(fail("main")), "main", std::runtime_error);
}

}  // namespace comity::runtime
