// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "node/runtime/moment.h"
#include "test/unit/seeded.h"

namespace comity::sim {

/// The seed of one component of a world. Each has a generator of its own, so that a call added in one place
/// does not reshuffle all others. FNV-1a over the name, then one step of SplitMix64 by the generator itself.
[[nodiscard]] constexpr std::uint64_t component_seed(std::uint64_t world_seed,
                                                     std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U ^ (world_seed * 0x9e3779b97f4a7c15U);
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// The randomness of one component; also what a simulated node uses for its keys.
class Random final : public crypto::Random {
 public:
  Random(std::uint64_t world_seed, std::string_view name) : numbers_(component_seed(world_seed, name)) {}

  void fill(std::span<std::byte> out) override { numbers_.fill(out); }

  /// In [0, bound). Precondition: bound > 0.
  std::uint64_t below(std::uint64_t bound) { return numbers_.below(bound); }

  /// True `parts` times in a million on average.
  bool per_million(std::uint64_t parts) { return below(1'000'000) < parts; }

  /// In [least, most).
  runtime::Duration between(runtime::Duration least, runtime::Duration most) {
    if (most <= least) return least;
    return least + runtime::Duration(below(static_cast<std::uint64_t>((most - least).count())));
  }

 private:
  test::SeededRandom numbers_;
};

}  // namespace comity::sim
