// SPDX-License-Identifier: EUPL-1.2
#include "node/runtime/one_shot.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "node/runtime/loop.h"
#include "node/runtime/nursery.h"
#include "node/runtime/queue.h"

namespace comity::runtime {
namespace {

Task<void> record(OneShot* event, std::vector<Code>* codes) {
  const Status status = co_await event->wait();
  codes->push_back(status.ok() ? Code::kUnknown : status.error().code);
}

Task<void> record_shielded(OneShot* event, std::vector<Code>* codes) {
  const Status status = co_await event->wait_shielded();
  codes->push_back(status.ok() ? Code::kUnknown : status.error().code);
}

Task<void> settle(int turns) {
  for (int i = 0; i < turns; ++i)
    co_await yield_now();
}

Task<void> join(Nursery* nursery) {
  co_await nursery->join();
}

constexpr Code kDone = Code::kUnknown;  // stands for "no error" in the lists below

}  // namespace

TEST_CASE("a waiter ends by the event, once, and never inside complete()") {
  Loop loop;
  Nursery nursery(loop.executor());
  OneShot event;
  std::vector<Code> codes;
  nursery.spawn("waiter", record(&event, &codes));
  loop.run(settle(2));
  CHECK(event.complete());
  CHECK(codes.empty());
  CHECK_FALSE(event.complete(Error{Code::kTimedOut}));
  loop.run(join(&nursery));
  CHECK(codes == std::vector<Code>{kDone});
}

TEST_CASE("an outcome that came before the wait is not lost") {
  Loop loop;
  Nursery nursery(loop.executor());
  OneShot event;
  std::vector<Code> codes;
  CHECK(event.complete(Error{Code::kConnectionReset}));
  nursery.spawn("waiter", record(&event, &codes));
  loop.run(join(&nursery));
  CHECK(codes == std::vector<Code>{Code::kConnectionReset});
}

// The first trap of research/houses.md section 5: an event that arrives between a cancellation and the
// resumption it caused used to resume the same frame again.
TEST_CASE("an event after the cancellation, before the resumption, does not resume twice") {
  Loop loop;
  Nursery nursery(loop.executor());
  OneShot event;
  std::vector<Code> codes;
  nursery.spawn("waiter", record(&event, &codes));
  loop.run(settle(2));
  nursery.cancel();
  CHECK(loop.poll(1) == 1);
  CHECK(event.completed());
  CHECK(codes.empty());
  CHECK_FALSE(event.complete());
  loop.run(join(&nursery));
  CHECK(codes == std::vector<Code>{Code::kCancelled});
}

TEST_CASE("a cancellation after the event does not undo it") {
  Loop loop;
  Nursery nursery(loop.executor());
  OneShot event;
  std::vector<Code> codes;
  nursery.spawn("waiter", record(&event, &codes));
  loop.run(settle(2));
  CHECK(event.complete());
  nursery.cancel();
  nursery.cancel();
  loop.run(join(&nursery));
  CHECK(codes == std::vector<Code>{kDone});
}

TEST_CASE("a shielded wait is deaf to cancellation") {
  Loop loop;
  Nursery nursery(loop.executor());
  OneShot event;
  std::vector<Code> codes;
  nursery.spawn("waiter", record_shielded(&event, &codes));
  loop.run(settle(2));
  nursery.cancel();
  loop.run(settle(4));
  CHECK(codes.empty());
  CHECK(event.complete());
  loop.run(join(&nursery));
  CHECK(codes == std::vector<Code>{kDone});
}

TEST_CASE("a waiter whose event is destroyed goes on with kCancelled") {
  Loop loop;
  Nursery nursery(loop.executor());
  std::optional<OneShot> event(std::in_place);
  std::vector<Code> codes;
  nursery.spawn("waiter", record(&*event, &codes));
  loop.run(settle(2));
  event.reset();
  loop.run(join(&nursery));
  CHECK(codes == std::vector<Code>{Code::kCancelled});
}

TEST_CASE("a second wait on one object is a broken invariant") {
  Loop loop;
  Nursery nursery(loop.executor());
  OneShot event;
  std::vector<Code> codes;
  nursery.spawn("first", record(&event, &codes));
  nursery.spawn("second", record(&event, &codes));
  CHECK_THROWS_AS(loop.run(join(&nursery)), std::logic_error);
}

// The second trap: frame, handler and waiter own each other. A loop that is torn down with a posted
// resumption in its queue must free the frame; the leak checker of a sanitizer build is the judge.
TEST_CASE("a resumption that never runs frees the frame") {
  std::vector<Code> codes;
  OneShot event;
  {
    Loop loop;
    auto* nursery = new Nursery(loop.executor());
    nursery->spawn("waiter", record(&event, &codes));
    loop.run(settle(2));
    nursery->cancel();
    loop.run(join(nursery));
    delete nursery;
  }
  CHECK(codes == std::vector<Code>{Code::kCancelled});
}

namespace {

Task<void> produce(Queue<std::string>* queue, std::vector<std::string>* log) {
  for (const char* word : {"one", "two", "three", "four"}) {
    const Status pushed = co_await queue->push(word, 4);
    log->push_back(pushed.ok() ? std::string("+").append(word) : to_string(pushed.error()).substr(0, 8));
  }
  queue->close();
}

Task<void> consume(Queue<std::string>* queue, std::vector<std::string>* log) {
  for (;;) {
    auto word = co_await queue->pop();
    if (!word.ok()) break;
    log->push_back(std::string("-").append(*word));
  }
  log->push_back("end");
}

}  // namespace

TEST_CASE("a queue holds its bytes, keeps order, and gives out the rest after close") {
  Loop loop;
  Nursery nursery(loop.executor());
  Queue<std::string> queue(8);
  std::vector<std::string> log;
  nursery.spawn("producer", produce(&queue, &log));
  loop.run(settle(6));
  CHECK(log == std::vector<std::string>{"+one", "+two"});
  CHECK(queue.bytes() == 8);
  CHECK(queue.try_push("more", 1).error().code == Code::kQueueFull);
  nursery.spawn("consumer", consume(&queue, &log));
  loop.run(join(&nursery));
  std::vector<std::string> taken;
  for (const std::string& line : log) {
    if (line.front() != '+') taken.push_back(line);
  }
  CHECK(taken == std::vector<std::string>{"-one", "-two", "-three", "-four", "end"});
  CHECK(queue.high_water() <= queue.capacity());
  CHECK(queue.try_push("late", 1).error().code == Code::kStreamClosed);
}

TEST_CASE("a cancelled producer leaves nothing in the queue, and what never fits is refused at once") {
  Loop loop;
  Nursery nursery(loop.executor());
  Queue<std::string> queue(3);
  std::vector<std::string> log;
  nursery.spawn("producer", produce(&queue, &log));
  loop.run(join(&nursery));
  CHECK(log == std::vector<std::string>(4, "CMY-1063"));
  Nursery other(loop.executor());
  Queue<std::string> small(6);
  log.clear();
  other.spawn("producer", produce(&small, &log));
  loop.run(settle(4));
  other.cancel();
  loop.run(join(&other));
  CHECK(log == std::vector<std::string>{"+one", "CMY-1050", "CMY-1050", "CMY-1050"});
  CHECK(small.bytes() == 4);
}

}  // namespace comity::runtime
