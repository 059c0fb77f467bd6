// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/world.h"

#include <cstdio>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/runtime/deadline.h"
#include "test/sim/weather.h"
#include "test/unit/sim/fixture.h"

namespace comity::sim {
namespace {

using runtime::Code;
using runtime::Status;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Does a bit of everything for ever: calls the other machine, answers, computes, sleeps.
Task<void> answer(Machine* machine, std::unique_ptr<runtime::Stream> stream) {
  proto::Bytes bytes(64);
  const auto count = co_await runtime::with_timeout(machine->clock(), seconds(2), stream->read_some(bytes));
  if (!count.ok()) co_return;
  auto job = [bytes] { return bytes.size(); };
  const std::size_t size = co_await machine->pool().run(std::move(job));
  const Status written = co_await runtime::write_all(*stream, proto::ByteView(bytes).first(size / 2));
  if (!written.ok()) co_return;
}

Task<void> call_again_and_again(Machine* machine) {
  const std::string other = machine->name() == "a" ? "b" : "a";
  for (;;) {
    auto stream = co_await machine->net().dial(runtime::Endpoint::make(other, 7).value(), seconds(3));
    if (stream.ok()) {
      proto::Bytes bytes(machine->random().below(64) + 1);
      machine->random().fill(bytes);
      const Status written = co_await runtime::write_all(**stream, bytes);
      if (written.ok()) (void)co_await (*stream)->read_some(bytes);
    }
    const Status slept = co_await machine->clock().sleep_for(milliseconds(machine->random().below(500)));
    if (!slept.ok()) co_return;
  }
}

Task<void> busy(Machine* machine) {
  auto listener = machine->net().listen(runtime::Endpoint::make(machine->name(), 7).value());
  machine->tasks().spawn("call", call_again_and_again(machine));
  for (;;) {
    auto stream = co_await (*listener)->accept();
    if (!stream.ok()) co_return;
    machine->tasks().spawn("answer", answer(machine, *std::move(stream)));
  }
}

Task<void> start_busy(Machine& machine) {
  return busy(&machine);
}

std::uint64_t hash_of(std::uint64_t seed, runtime::Duration span) {
  Random random(seed, "faults");
  World world(seed, Faults::draw(random));
  world.add_machine("a");
  world.add_machine("b");
  Weather weather(world, start_busy);
  for (const auto& machine : world.machines())
    machine->start(start_busy);
  world.run_for(span);
  CHECK_FALSE(world.failure().has_value());
  CHECK(world.trace().count() > 50);
  return world.trace().hash();
}

Task<void> note_time(Machine* machine, runtime::Mono when, std::vector<runtime::Mono>* out) {
  const Status slept = co_await machine->clock().sleep_until(when);
  if (slept.ok()) out->push_back(machine->clock().now());
}

Task<void> throw_in_vain(Machine& machine) {
  const Status slept = co_await machine.clock().sleep_for(seconds(1));
  if (slept.ok()) throw std::runtime_error("the program's own fault");
}

Task<void> ignore_cancellation(Machine& machine) {
  for (;;)
    (void)co_await machine.clock().sleep_for(seconds(1));
}

Task<void> compute_and_note(Machine* machine, std::vector<int>* out) {
  auto job = [] { return 6 * 7; };
  out->push_back(co_await machine->pool().run(job));
}

Task<void> throw_on_the_pool(Machine* machine, bool* caught) {
  auto job = [] { throw std::out_of_range("job"); };
  try {
    co_await machine->pool().run(job);
  } catch (const std::out_of_range&) {
    *caught = true;
  }
}

/// What a process of its own exits with after `body`, or minus the signal that ended it.
template <class Body>
int exit_of(Body body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("a seed replays to the last event, and seeds differ") {
  std::vector<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const std::uint64_t first = hash_of(seed, seconds(30));
    CHECK(hash_of(seed, seconds(30)) == first);
    CHECK(std::find(hashes.begin(), hashes.end(), first) == hashes.end());
    hashes.push_back(first);
  }
}

TEST_CASE("each component has numbers of its own") {
  Random one(7, "net a");
  Random same(7, "net a");
  Random other(7, "net b");
  Random elsewhere(8, "net a");
  const std::uint64_t number = one.below(UINT64_MAX);
  CHECK(same.below(UINT64_MAX) == number);
  CHECK(other.below(UINT64_MAX) != number);
  CHECK(elsewhere.below(UINT64_MAX) != number);
  for (int i = 0; i < 1000; ++i) {
    const auto span = one.between(milliseconds(3), milliseconds(5));
    CHECK((span >= milliseconds(3) && span < milliseconds(5)));
  }
}

TEST_CASE("events happen in the order of their time, ties in the order in which they were made") {
  World world(1);
  std::vector<int> order;
  world.in(seconds(2), [&order] { order.push_back(4); });
  world.in(seconds(1), [&order] { order.push_back(2); });
  world.in(seconds(1), [&order] { order.push_back(3); });
  const auto never = world.in(seconds(1), [&order] { order.push_back(99); });
  world.in(seconds(0), [&order] { order.push_back(1); });
  CHECK(world.forget(never));
  CHECK_FALSE(world.forget(never));
  const runtime::Mono start = world.now();
  world.run_for(seconds(10));
  CHECK(order == std::vector<int>{1, 2, 3, 4});
  CHECK(world.now() == start + seconds(10));
}

TEST_CASE("clocks share their seconds and may differ about the calendar") {
  Two two;
  two.b.clock().set_skew(-std::chrono::minutes(5));
  CHECK(two.a.clock().now() == two.b.clock().now());
  CHECK(two.a.clock().wall_now() - two.b.clock().wall_now() == std::chrono::minutes(5));
  std::vector<runtime::Mono> woken;
  const runtime::Mono start = two.world.now();
  two.tasks.spawn("a", note_time(&two.a, start + seconds(2), &woken));
  two.tasks.spawn("b", note_time(&two.b, start + seconds(1), &woken));
  two.tasks.spawn("past", note_time(&two.b, start - seconds(1), &woken));
  two.world.run_for(seconds(3));
  CHECK(woken == std::vector<runtime::Mono>{start, start + seconds(1), start + seconds(2)});
}

TEST_CASE("a crash drops every task at once, and the machine starts again") {
  for (const auto how : {Machine::Crash::kReset, Machine::Crash::kQuiet}) {
    Two two(3);
    two.a.start(start_busy);
    two.b.start(start_busy);
    two.world.run_for(seconds(5));
    CHECK(two.a.tasks().count() > 1);
    const runtime::Mono before = two.world.now();
    two.a.crash(how);
    CHECK(two.world.now() == before);
    CHECK_FALSE(two.a.running());
    two.a.crash(how);
    two.world.run_for(seconds(5));
    CHECK(two.b.running());
    two.a.start(start_busy);
    CHECK_THROWS_AS(two.a.start(start_busy), std::logic_error);
    two.world.run_for(seconds(5));
    CHECK(two.a.boots() == 2);
    CHECK(two.a.tasks().count() > 1);
    CHECK_FALSE(two.world.failure().has_value());
  }
}

TEST_CASE("an exception of a program fails the world and names the machine") {
  World world(1);
  world.add_machine("lonely").start(throw_in_vain);
  CHECK_FALSE(world.run_until([] { return false; }, world.now() + seconds(5)));
  CHECK(world.failure().value() == "lonely: task 'program' threw: the program's own fault");
}

TEST_CASE("a task that ignores its cancellation is found out") {
  CHECK(exit_of([] {
          auto* world = new World(1);
          Machine& machine = world->add_machine("deaf");
          machine.start(ignore_cancellation);
          world->run_for(seconds(3));
          try {
            machine.crash(Machine::Crash::kReset);
          } catch (const std::logic_error&) {
            ::_exit(world->failure() ? 7 : 8);
          }
        }) == 7);
}

TEST_CASE("the pool answers later, throws what the job threw, and is not waited for in a crash") {
  Faults faults;
  faults.pool_delay_most = seconds(1);
  Two two(1, faults);
  std::vector<int> out;
  bool caught = false;
  two.tasks.spawn("compute", compute_and_note(&two.a, &out));
  two.tasks.spawn("throw", throw_on_the_pool(&two.a, &caught));
  two.world.settle();
  CHECK(out.empty());
  two.world.run_for(seconds(1));
  CHECK(out == std::vector<int>{42});
  CHECK(caught);

  const Machine::Program program = [&out](Machine& machine) { return compute_and_note(&machine, &out); };
  two.b.start(program);
  two.world.settle();
  CHECK(two.b.running());
  two.b.crash(Machine::Crash::kReset);
  CHECK_FALSE(two.b.running());
}

// The second trap of research/houses.md section 5: frames, handlers and waiter lists own each other, so a
// world that went away in the middle of everything would leak them. The leak checker is the judge.
TEST_CASE("a world can be destroyed in the middle of everything") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Random random(seed, "faults");
    World world(seed, Faults::draw(random));
    world.add_machine("a").start(start_busy);
    world.add_machine("b").start(start_busy);
    world.run_for(milliseconds(2500));
    CHECK(world.machines().front()->running());
  }
}

TEST_CASE("machines have host names of their own kind") {
  World world(1);
  CHECK_THROWS_AS(world.add_machine("Upper"), std::invalid_argument);
  CHECK_THROWS_AS(world.add_machine("two words"), std::invalid_argument);
}

}  // namespace comity::sim
