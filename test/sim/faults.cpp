// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/faults.h"

#include <fmt/format.h>

namespace comity::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

Faults Faults::draw(Random& random) {
  Faults faults;
  // Every choice is drawn, switched on or not, so that one switch does not change the strength of the others.
  const auto choose = [&random](auto on, auto off) { return random.below(2) == 0 ? on : off; };
  faults.latency_most = random.between(milliseconds(2), milliseconds(60));
  faults.slow_tail = choose(random.below(20'000), std::uint64_t{0});
  faults.buffer_bytes = choose(256 + random.below(1024), std::uint64_t{64 * 1024});
  faults.short_reads = choose(true, false);
  faults.short_writes = choose(true, false);
  faults.resets = choose(200 + random.below(4'000), std::uint64_t{0});
  faults.bit_flips = choose(200 + random.below(4'000), std::uint64_t{0});
  faults.lost_dials = choose(random.below(300'000), std::uint64_t{0});
  faults.pool_delay_most = choose(milliseconds(20), milliseconds(1));
  faults.partition_every = choose(random.between(seconds(3), seconds(15)), runtime::Duration::zero());
  faults.clog_every = choose(random.between(seconds(2), seconds(10)), runtime::Duration::zero());
  faults.silence_every = choose(random.between(seconds(4), seconds(20)), runtime::Duration::zero());
  faults.crash_every = choose(random.between(seconds(5), seconds(20)), runtime::Duration::zero());
  faults.skew_most = choose(runtime::Duration(std::chrono::minutes(5)), runtime::Duration::zero());
  return faults;
}

std::string Faults::describe() const {
  const auto in_ms = [](runtime::Duration span) {
    return std::chrono::duration_cast<milliseconds>(span).count();
  };
  return fmt::format(
      "latency {}-{} ms, slow tail {}, buffers {} B, short reads {}, short writes {}, resets {}, bit flips "
      "{}, "
      "lost dials {}, pool {} ms, partitions every {} ms, clogs {} ms, silences {} ms, crashes {} ms, skew "
      "{} ms",
      in_ms(latency_least), in_ms(latency_most), slow_tail, buffer_bytes, short_reads, short_writes, resets,
      bit_flips, lost_dials, in_ms(pool_delay_most), in_ms(partition_every), in_ms(clog_every),
      in_ms(silence_every), in_ms(crash_every), in_ms(skew_most));
}

}  // namespace comity::sim
