// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/stream.h"

#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "node/runtime/deadline.h"
#include "test/unit/sim/fixture.h"

namespace comity::sim {
namespace {

using runtime::Code;
using runtime::Result;
using runtime::Status;
using runtime::Stream;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

proto::Bytes pattern(std::size_t size) {
  proto::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::byte>(i * 37 + i / 253);
  return bytes;
}

/// What a task saw: the bytes until the first error, and the error.
struct Seen {
  proto::Bytes bytes;
  std::vector<std::size_t> pieces;
  std::optional<Code> end;
};

Task<void> read_all(Stream* stream, Seen* seen, std::size_t piece = 4096) {
  proto::Bytes buffer(piece);
  for (;;) {
    const auto count = co_await stream->read_some(buffer);
    if (!count.ok()) {
      seen->end = count.error().code;
      co_return;
    }
    seen->pieces.push_back(*count);
    proto::append(seen->bytes, proto::ByteView(buffer).first(*count));
  }
}

Task<void> write(Stream* stream, proto::Bytes bytes, Seen* seen) {
  proto::ByteView rest = bytes;
  while (!rest.empty()) {
    const auto count = co_await stream->write_some(rest);
    if (!count.ok()) {
      seen->end = count.error().code;
      co_return;
    }
    seen->pieces.push_back(*count);
    rest = rest.subspan(*count);
  }
  stream->finish_writes();
}

Task<void> write_to_pipe(std::shared_ptr<Pipe> pipe, proto::Bytes bytes) {
  const auto count = co_await pipe->write(bytes);
  CHECK(count.ok());
}

Task<void> read_pipe(std::shared_ptr<Pipe> pipe, Seen* seen) {
  proto::Bytes buffer(100);
  for (;;) {
    const auto count = co_await pipe->read(buffer);
    if (!count.ok()) {
      seen->end = count.error().code;
      co_return;
    }
    seen->bytes.resize(seen->bytes.size() + *count);
  }
}

Task<void> read_with_timeout(runtime::Clock* clock, Stream* stream, std::optional<Code>* code) {
  proto::Bytes buffer(10);
  const auto count = co_await runtime::with_timeout(*clock, seconds(10), stream->read_some(buffer));
  if (!count.ok()) *code = count.error().code;
}

}  // namespace

TEST_CASE("bytes arrive whole and in order through short reads and writes, jitter and small buffers") {
  Faults faults;
  faults.latency_most = milliseconds(40);
  faults.slow_tail = 100'000;
  faults.buffer_bytes = 64;
  faults.short_reads = true;
  faults.short_writes = true;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Two two(seed, faults);
    const Ends ends = connect(two.world, "a", "b");
    const proto::Bytes sent = pattern(5000);
    Seen wrote;
    Seen read;
    two.tasks.spawn("write", write(ends.caller.get(), sent, &wrote));
    two.tasks.spawn("read", read_all(ends.called.get(), &read));
    two.world.run_for(std::chrono::hours(1));
    CHECK(read.bytes == sent);
    CHECK(read.end == Code::kEndOfStream);
    CHECK_FALSE(wrote.end.has_value());
    CHECK(*std::max_element(wrote.pieces.begin(), wrote.pieces.end()) <= 64);
    CHECK(*std::min_element(read.pieces.begin(), read.pieces.end()) < 8);
  }
}

TEST_CASE("a slow reader stops the writer at the buffer's size") {
  Faults faults;
  faults.buffer_bytes = 100;
  Two two(1, faults);
  const Ends ends = connect(two.world, "a", "b");
  Seen wrote;
  two.tasks.spawn("write", write(ends.caller.get(), pattern(1000), &wrote));
  two.world.run_for(seconds(10));
  CHECK(wrote.pieces == std::vector<std::size_t>{100});
  Seen read;
  two.tasks.spawn("read", read_all(ends.called.get(), &read));
  two.world.run_for(seconds(10));
  CHECK(read.bytes == pattern(1000));
}

TEST_CASE("time passes between sending and arriving") {
  Faults faults;
  faults.latency_least = faults.latency_most = milliseconds(7);
  Two two(1, faults);
  const Ends ends = connect(two.world, "a", "b");
  Seen wrote;
  Seen read;
  two.tasks.spawn("write", write(ends.caller.get(), pattern(10), &wrote));
  two.tasks.spawn("read", read_all(ends.called.get(), &read));
  two.world.run_for(milliseconds(6));
  CHECK(read.bytes.empty());
  two.world.run_for(milliseconds(1));
  CHECK(read.bytes.size() == 10);
}

TEST_CASE("a reset in the middle: some bytes at most arrive, and both ends learn of it") {
  Faults faults;
  faults.resets = 1'000'000;
  bool cut_in_the_middle = false;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Two two(seed, faults);
    const Ends ends = connect(two.world, "a", "b");
    Seen wrote;
    Seen read;
    Seen back;
    two.tasks.spawn("write", write(ends.caller.get(), pattern(3'000'000), &wrote));
    two.tasks.spawn("listen", read_all(ends.caller.get(), &back));
    two.tasks.spawn("read", read_all(ends.called.get(), &read));
    two.world.run_for(seconds(1));
    CHECK(wrote.end == Code::kConnectionReset);
    CHECK(read.end == Code::kConnectionReset);
    CHECK(back.end == Code::kConnectionReset);
    // TCP throws away what was received and not yet read, so nothing may have come out.
    CHECK(proto::equal(read.bytes, proto::ByteView(pattern(3'000'000)).first(read.bytes.size())));
    cut_in_the_middle = cut_in_the_middle || two.world.trace().count(Kind::kDeliver) > 0;
  }
  CHECK(cut_in_the_middle);
}

TEST_CASE("a half-open connection is silent: the reader times out, the writer fills its buffer and waits") {
  Faults faults;
  faults.buffer_bytes = 100;
  Two two(1, faults);
  const Ends ends = connect(two.world, "a", "b");
  // One pair of pipes is all there is; silence both directions.
  two.world.network().silence_one();
  two.world.network().silence_one();
  Seen wrote;
  std::optional<Code> timed;
  two.tasks.spawn("write", write(ends.caller.get(), pattern(1000), &wrote));
  two.tasks.spawn("read", read_with_timeout(&two.b.clock(), ends.called.get(), &timed));
  two.world.run_for(std::chrono::hours(1));
  CHECK(timed == Code::kTimedOut);
  CHECK(wrote.pieces == std::vector<std::size_t>{100});
  CHECK_FALSE(wrote.end.has_value());
  CHECK(two.world.trace().count(Kind::kSwallow) > 0);
}

TEST_CASE("a flipped bit is one bit") {
  Faults faults;
  faults.bit_flips = 1'000'000;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Two two(seed, faults);
    const Ends ends = connect(two.world, "a", "b");
    Seen wrote;
    Seen read;
    const proto::Bytes sent = pattern(300);
    two.tasks.spawn("write", write(ends.caller.get(), sent, &wrote));
    two.tasks.spawn("read", read_all(ends.called.get(), &read));
    two.world.run_for(seconds(1));
    REQUIRE(read.bytes.size() == sent.size());
    int changed = 0;
    for (std::size_t i = 0; i < sent.size(); ++i)
      changed += std::popcount(std::to_integer<unsigned>(read.bytes[i] ^ sent[i]));
    CHECK(changed == 1);
  }
}

TEST_CASE("a partition stops one direction only, and heals without loss") {
  Two two;
  const Ends ends = connect(two.world, "a", "b");
  two.world.network().partition("a", "b");
  Seen there;
  Seen back;
  Seen wrote;
  two.tasks.spawn("a writes", write(ends.caller.get(), pattern(500), &wrote));
  two.tasks.spawn("b writes", write(ends.called.get(), pattern(700), &wrote));
  two.tasks.spawn("b reads", read_all(ends.called.get(), &there));
  two.tasks.spawn("a reads", read_all(ends.caller.get(), &back));
  two.world.run_for(seconds(60));
  CHECK(there.bytes.empty());
  CHECK(back.bytes == pattern(700));
  two.world.network().heal("a", "b");
  two.world.run_for(seconds(3));
  CHECK(there.bytes == pattern(500));
  CHECK(there.end == Code::kEndOfStream);
}

TEST_CASE("a clog holds one connection for a while and then lets all of it through") {
  Two two;
  const Ends ends = connect(two.world, "a", "b");
  two.world.network().clog_one(seconds(5));
  two.world.network().clog_one(seconds(5));
  two.world.network().clog_one(seconds(5));  // enough to hit both directions, or one of them twice
  Seen there;
  Seen back;
  Seen wrote;
  two.tasks.spawn("a writes", write(ends.caller.get(), pattern(500), &wrote));
  two.tasks.spawn("b writes", write(ends.called.get(), pattern(500), &wrote));
  two.tasks.spawn("b reads", read_all(ends.called.get(), &there));
  two.tasks.spawn("a reads", read_all(ends.caller.get(), &back));
  two.world.run_for(seconds(4));
  CHECK((there.bytes.empty() || back.bytes.empty()));
  two.world.run_for(seconds(2));
  CHECK(there.bytes == pattern(500));
  CHECK(back.bytes == pattern(500));
}

TEST_CASE("closing ends the own reads at once and the other side's after what was sent") {
  Two two;
  Ends ends = connect(two.world, "a", "b");
  Seen own;
  Seen other;
  Seen wrote;
  two.tasks.spawn("a reads", read_all(ends.caller.get(), &own));
  two.tasks.spawn("a writes", write(ends.caller.get(), pattern(50), &wrote));
  two.world.settle();
  ends.caller->close();
  two.world.settle();
  CHECK(own.end == Code::kStreamClosed);
  two.tasks.spawn("b reads", read_all(ends.called.get(), &other));
  two.world.run_for(seconds(1));
  CHECK(other.bytes == pattern(50));
  CHECK(other.end == Code::kEndOfStream);
  // Who writes to an end that was closed gets a reset.
  Seen late;
  two.tasks.spawn("b writes", write(ends.called.get(), pattern(200'000), &late));
  two.world.run_for(seconds(1));
  CHECK(late.end == Code::kConnectionReset);
}

TEST_CASE("cancelling a reader in the very moment in which its bytes arrive is harmless") {
  for (const bool bytes_first : {true, false}) {
    Two two;
    runtime::Nursery readers(two.world.executor());
    const auto pipe = std::make_shared<Pipe>(two.world, "a", "b", "of this test");
    Seen read;
    two.tasks.spawn("write", write_to_pipe(pipe, pattern(10)));
    readers.spawn("read", read_pipe(pipe, &read));
    pipe->hold();
    two.world.run_for(seconds(1));
    CHECK(read.bytes.empty());
    two.world.in(seconds(1), [&] {
      if (bytes_first) pipe->release();
      readers.cancel();
      if (!bytes_first) pipe->release();
    });
    two.world.run_for(seconds(2));
    CHECK(readers.count() == 0);
    CHECK(read.end == Code::kCancelled);
  }
}

}  // namespace comity::sim
