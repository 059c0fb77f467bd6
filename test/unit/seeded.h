// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/random.h"

namespace comity::test {

/// Randomness that a seed replays, for property tests: SplitMix64 (Steele, Lea, Flood 2014). Not for keys of
/// anything but tests; the standard library's distributions differ between compilers, hence below().
class SeededRandom final : public crypto::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t number() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// A number in [0, bound); the bias is below bound / 2^64. Precondition: bound > 0.
  std::uint64_t below(std::uint64_t bound) { return number() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }

  void fill(std::span<std::byte> out) override {
    for (std::byte& b : out)
      b = static_cast<std::byte>(number());
  }

 private:
  std::uint64_t state_;
};

}  // namespace comity::test
