// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstddef>
#include <span>

#include "proto/ids.h"

namespace comity::crypto {

/// Where every unpredictable byte comes from. Passed in by reference, so that a simulation can replay a seed.
/// One instance belongs to one thread unless the implementation says otherwise.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  /// Fills all of `out`. Never fails: a system without randomness ends the program.
  virtual void fill(std::span<std::byte> out) = 0;

  /// A random id or digest of the wanted type.
  template <class Id>
  [[nodiscard]] Id next() {
    Id id;
    fill(id.writable());
    return id;
  }
};

/// The operating system's generator by libsodium's randombytes_buf. The only one outside tests.
/// Any thread may call it.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(std::span<std::byte> out) override;
};

}  // namespace comity::crypto
