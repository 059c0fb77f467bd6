// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "test/sim/gossip/node.h"

namespace comity::sim::gossip {

struct Settings {
  std::uint64_t seed = 1;
  std::size_t nodes = 5;
};

/// What one run of a seed showed.
struct Outcome {
  std::optional<std::string> failure{};
  std::uint64_t hash = 0;  ///< of the whole trace
  std::uint64_t events = 0;
  runtime::Duration settled{};  ///< from the end of the bad weather until all had everything
  Tally tally{};
  std::array<std::uint64_t, static_cast<std::size_t>(Kind::kCount)> kinds{};
  std::string weather{};
  std::string last_events{};
};

/// Safety, then liveness: a network lives through the bad weather of its seed, then all faults end and every
/// member must have every message within some virtual minutes; then all stop and no task may be left.
[[nodiscard]] Outcome run(const Settings& settings);

}  // namespace comity::sim::gossip
