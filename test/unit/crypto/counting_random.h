// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/random.h"

namespace comity::crypto {

/// Gives the bytes 0, 1, 2, … 255, 0, … so that what a test makes is the same in every run.
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    for (std::byte& b : out)
      b = static_cast<std::byte>(next_++);
  }

 private:
  unsigned char next_ = 0;
};

}  // namespace comity::crypto
