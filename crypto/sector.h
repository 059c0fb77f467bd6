// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "crypto/secret.h"

namespace comity::crypto {

/// The bytes of one sector of a file that is sealed in place.
inline constexpr std::size_t kSectorBytes = 4096;
using Sector = std::span<std::byte, kSectorBytes>;

/// AES-256-XTS (IEEE 1619), for files that are rewritten in place, where no room is left for nonce and tag:
/// who holds the file without the key learns which sectors changed between two copies, and nothing of what
/// they hold. It authenticates nothing: whoever reads has to check what he gets. One thread at a time.
class SectorCipher {
 public:
  using Key = SecretArray<64>;
  /// Throws std::runtime_error when libcrypto offers no AES-256-XTS, std::logic_error for a key whose halves
  /// are equal.
  explicit SectorCipher(const Key& key);
  SectorCipher(const SectorCipher&) = delete;
  SectorCipher& operator=(const SectorCipher&) = delete;
  ~SectorCipher();

  /// In place. `number` is the place of the sector; no two files under one key share a number.
  void seal(std::uint64_t number, Sector sector);
  void open(std::uint64_t number, Sector sector);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace comity::crypto
