// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "crypto/random.h"
#include "crypto/sha256.h"
#include "proto/bytes.h"

namespace comity::crypto {

/// Bytes that look random and are the same on every run: SHA-256 of a seed and a counter.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : seed_(seed) {}
  void fill(std::span<std::byte> out) override {
    while (!out.empty()) {
      const Sha256Digest block = sha256({proto::to_be(seed_), proto::to_be(counter_++)});
      const std::size_t take = std::min(out.size(), Sha256Digest::kSize);
      std::ranges::copy(block.view().first(take), out.begin());
      out = out.subspan(take);
    }
  }

 private:
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
};

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
