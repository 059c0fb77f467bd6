// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <algorithm>
#include <stdexcept>

#include "crypto/random.h"
#include "proto/bytes.h"

namespace comity::crypto {

/// Gives out exactly the bytes it was made with: the ephemeral keys of published vectors.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(proto::Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::byte> out) override {
    if (out.size() > bytes_.size()) throw std::logic_error("more randomness was taken than the vector has");
    std::copy_n(bytes_.begin(), out.size(), out.begin());
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(out.size()));
  }

 private:
  proto::Bytes bytes_;
};

}  // namespace comity::crypto
