// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>

#include "test/sim/nodes/run.h"

namespace comity::sim::nodes {

/// What all worlds of a campaign come to, added up by several processes in memory that they share.
struct Tally {
  static constexpr std::size_t kMostCodes = 8192;  ///< above the number of any proto::Code
  static constexpr std::size_t kMostWorkers = 256;
  using Count = std::atomic<std::uint64_t>;

  Count next{0};  ///< the seed that is taken up next
  Count passed{0};
  Count failed{0};
  Count events{0};
  Count posts{0};
  Count withdrawn{0};
  Count restores{0};
  Count feeds{0};
  Count entries{0};
  Count posts_compared{0};
  Count found_at_members{0};
  std::array<Count, static_cast<std::size_t>(Kind::kCount)> kinds{};
  std::array<Count, static_cast<std::size_t>(Hostile::Deed::kCount)> deeds{};
  std::array<Count, kMostCodes> refused{};
  std::array<Count, kMostWorkers> at{};  ///< the seed that each worker is at; 0: none

  void add(const Outcome& outcome);
  /// Ends without the closing line.
  [[nodiscard]] std::string describe() const;
};

/// In memory that processes which fork() from this one share. Throws std::system_error.
[[nodiscard]] std::shared_ptr<Tally> shared_tally();

}  // namespace comity::sim::nodes
