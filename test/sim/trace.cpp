// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/trace.h"

#include <chrono>
#include <cstring>

#include <fmt/format.h>

namespace comity::sim {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Kind::kCount)> kNames{
    "timer",   "job",  "connect", "lost dial", "refused dial", "deliver", "finish",  "reset", "bit flip",
    "swallow", "hold", "release", "partition", "heal",         "clog",    "silence", "start", "crash"};

}  // namespace

std::string_view name_of(Kind kind) noexcept {
  return kNames[static_cast<std::size_t>(kind)];
}

void Trace::mix(std::uint64_t word) noexcept {
  hash_ = (hash_ ^ word) * 0x9e3779b97f4a7c15U;
  hash_ ^= hash_ >> 29U;
}

void Trace::mix(proto::ByteView bytes) noexcept {
  mix(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
    mix(word);
  }
}

void Trace::add(runtime::Mono when, Kind kind, std::string_view from, std::string_view to,
                std::uint64_t number, proto::ByteView data) {
  ++count_;
  ++counts_.at(static_cast<std::size_t>(kind));
  mix(static_cast<std::uint64_t>(when.time_since_epoch().count()));
  mix(static_cast<std::uint64_t>(kind));
  mix(proto::as_bytes(from));
  mix(proto::as_bytes(to));
  mix(number);
  mix(data);
  if (kept_ == 0) return;
  if (last_.size() == kept_) last_.pop_front();
  last_.push_back(Event{when, kind, std::string(from), std::string(to), number});
}

std::string Trace::describe_last() const {
  std::string text;
  for (const Event& event : last_) {
    const std::chrono::duration<double> seconds = event.when.time_since_epoch();
    text += fmt::format("{:14.6f} s  {:<12} {}{}{} {}\n", seconds.count(), name_of(event.kind), event.from,
                        event.to.empty() ? "" : " > ", event.to, event.number);
  }
  return text;
}

}  // namespace comity::sim
