// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/pipe.h"

#include <algorithm>

#include "test/sim/network.h"

namespace comity::sim {

using runtime::Code;
using runtime::Error;
using runtime::Result;
using runtime::Task;

Pipe::Pipe(World& world, std::string from, std::string to, const std::string& name)
    : world_(world), from_(std::move(from)), to_(std::move(to)), random_(world.seed(), "pipe " + name) {}

runtime::Duration Pipe::travel_time() {
  const Faults& faults = world_.faults();
  runtime::Duration span = random_.between(faults.latency_least, faults.latency_most);
  if (random_.per_million(faults.slow_tail)) span += random_.between({}, faults.slow_tail_most);
  return span;
}

std::size_t Pipe::some_of(std::size_t most, bool fewer) {
  return fewer && most > 1 ? 1 + random_.below(most) : most;
}

void Pipe::wake() {
  readable_.notify_all();
  writable_.notify_all();
}

Task<Result<std::size_t>> Pipe::read(std::span<std::byte> out) {
  const std::shared_ptr<Pipe> self = shared_from_this();
  if (out.empty()) co_return std::size_t{0};
  while (taken_ == arrived_.size()) {
    if (abandoned_) co_return Error{Code::kStreamClosed};
    if (broken_) co_return Error{Code::kConnectionReset};
    if (ended_) co_return Error{Code::kEndOfStream};
    COMITY_CO_CHECK(co_await readable_.wait());
  }
  if (abandoned_) co_return Error{Code::kStreamClosed};
  if (broken_) co_return Error{Code::kConnectionReset};  // a reset takes with it what was not yet read
  const std::size_t count =
      some_of(std::min(out.size(), arrived_.size() - taken_), world_.faults().short_reads);
  std::copy_n(arrived_.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
  taken_ += count;
  if (taken_ == arrived_.size()) {
    arrived_.clear();
    taken_ = 0;
  }
  writable_.notify_all();
  co_return count;
}

Task<Result<std::size_t>> Pipe::write(proto::ByteView bytes) {
  const std::shared_ptr<Pipe> self = shared_from_this();
  if (bytes.empty()) co_return std::size_t{0};
  const Faults& faults = world_.faults();
  while (!finished_ && !broken_ && load() >= faults.buffer_bytes)
    COMITY_CO_CHECK(co_await writable_.wait());
  if (finished_) co_return Error{Code::kStreamClosed};
  if (broken_) co_return Error{Code::kConnectionReset};
  const std::size_t room = faults.buffer_bytes - load();
  const std::size_t count = some_of(std::min(bytes.size(), room), faults.short_writes);
  Segment segment;
  segment.bytes = proto::to_bytes(bytes.first(count));
  if (random_.per_million(faults.resets)) {
    segment.breaks = true;
    segment.bytes.resize(random_.below(count + 1));
  }
  if (!segment.bytes.empty() && random_.per_million(faults.bit_flips)) {
    const std::uint64_t bit = random_.below(segment.bytes.size() * 8);
    segment.bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    world_.record(Kind::kFlip, from_, to_, bit);
  }
  send(std::move(segment));
  co_return count;
}

void Pipe::finish() {
  if (finished_) return;
  finished_ = true;
  writable_.notify_all();
  if (!broken_) send(Segment{{}, true, false});
}

void Pipe::send(Segment segment) {
  on_the_way_ += segment.bytes.size();
  // Never before what was sent earlier: a slow segment makes the next ones wait, as TCP does.
  last_arrival_ = std::max(last_arrival_, runtime::after(world_.now(), travel_time()));
  world_.at(last_arrival_, [self = shared_from_this(), segment = std::move(segment)]() mutable {
    self->arrive(std::move(segment));
  });
}

void Pipe::arrive(Segment segment) {
  if (broken_) return;
  if (silent_) {
    world_.record(Kind::kSwallow, from_, to_, segment.bytes.size());
    return;
  }
  if (held_ || !waiting_.empty() || world_.network().cut(from_, to_)) {
    if (!segment.bytes.empty()) world_.record(Kind::kHold, from_, to_, segment.bytes.size());
    waiting_.push_back(std::move(segment));
    return;
  }
  deliver(segment);
}

void Pipe::deliver(const Segment& segment) {
  on_the_way_ -= segment.bytes.size();
  if (abandoned_ && !segment.bytes.empty()) {
    break_now();
    return;
  }
  if (!segment.bytes.empty()) {
    world_.record(Kind::kDeliver, from_, to_, segment.bytes.size(), segment.bytes);
    proto::append(arrived_, segment.bytes);
  }
  if (segment.end) {
    world_.record(Kind::kFinish, from_, to_);
    ended_ = true;
  }
  if (segment.breaks) break_now();
  readable_.notify_all();
}

void Pipe::release() {
  held_ = false;
  if (waiting_.empty() || silent_ || broken_ || world_.network().cut(from_, to_)) return;
  world_.record(Kind::kRelease, from_, to_, waiting_.size());
  while (!waiting_.empty() && !broken_) {
    const Segment segment = std::move(waiting_.front());
    waiting_.pop_front();
    deliver(segment);
  }
}

void Pipe::silence() {
  silent_ = true;
  waiting_.clear();  // their bytes stay counted as on the way: the writer's buffer never empties again
}

void Pipe::abandon() {
  abandoned_ = true;
  readable_.notify_all();
}

void Pipe::break_now() {
  if (broken_) return;
  broken_ = true;
  waiting_.clear();
  wake();
  world_.record(Kind::kReset, from_, to_);
  if (const auto other = other_.lock()) other->break_now();
}

}  // namespace comity::sim
