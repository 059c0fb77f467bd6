// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <string>

#include "test/sim/random.h"

namespace comity::sim {

/// How bad the weather of a world is. Rates are per million operations, spans are virtual time. The default
/// is fair weather: nothing goes wrong and bytes take a millisecond.
struct Faults {
  // The road between two machines.
  runtime::Duration latency_least = std::chrono::milliseconds(1);
  runtime::Duration latency_most = std::chrono::milliseconds(1);
  std::uint64_t slow_tail = 0;  ///< segments that take up to `slow_tail_most` longer
  runtime::Duration slow_tail_most = std::chrono::seconds(3);

  // The two ends of a stream.
  std::size_t buffer_bytes = 64 * 1024;  ///< on the way and unread together, per direction
  bool short_reads = false;
  bool short_writes = false;
  std::uint64_t resets = 0;      ///< writes that break the connection after some of their bytes
  std::uint64_t bit_flips = 0;   ///< writes with one bit changed on the way
  std::uint64_t lost_dials = 0;  ///< attempts to connect that nobody hears

  // The workers.
  runtime::Duration pool_delay_most = std::chrono::microseconds(500);

  // What a Weather makes happen now and then; zero is never.
  runtime::Duration partition_every{};
  runtime::Duration clog_every{};
  runtime::Duration silence_every{};
  runtime::Duration crash_every{};
  runtime::Duration skew_most{};  ///< how far a machine's calendar may be off, either way

  /// A random subset of all faults, each with a random strength: combinations differ from seed to seed, and a
  /// fault that hides another is sometimes off (the "swarm" of FoundationDB's Buggify).
  [[nodiscard]] static Faults draw(Random& random);

  /// What is switched on, for a person.
  [[nodiscard]] std::string describe() const;
};

}  // namespace comity::sim
