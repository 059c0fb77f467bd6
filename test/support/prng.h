// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/bytes.h"

namespace comity::test {

/// Evenly spread 64-bit numbers from a seed (SplitMix64, Steele, Lea and Flood 2014): the same on every
/// machine, which the generators and distributions of the standard library do not promise.
class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// 0 <= result < limit. Precondition: limit > 0. The bias is below 2^-32 for the limits of tests.
  constexpr std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  constexpr bool chance(unsigned thousandths) { return below(1000) < thousandths; }
  /// `size` bytes.
  [[nodiscard]] proto::Bytes bytes(std::size_t size) {
    proto::Bytes out(size);
    for (auto& byte : out)
      byte = static_cast<std::byte>(next() & 0xffU);
    return out;
  }

 private:
  std::uint64_t state_;
};

}  // namespace comity::test
