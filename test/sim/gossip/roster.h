// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/x25519.h"
#include "node/runtime/endpoint.h"
#include "proto/bytes.h"

namespace comity::sim::gossip {

/// Who takes part: names, static keys and the secrets between each two, all from one seed.
class Roster {
 public:
  Roster(std::uint64_t seed, std::size_t size);

  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] static std::string name(std::size_t member) {
    return std::string("n").append(std::to_string(member + 1));
  }
  [[nodiscard]] static runtime::Endpoint endpoint(std::size_t member);
  [[nodiscard]] const crypto::X25519KeyPair& key(std::size_t member) const { return keys_.at(member); }
  /// The member with this static key; nothing for a stranger.
  [[nodiscard]] std::optional<std::size_t> member_with(const crypto::X25519PublicKey& key) const;
  /// The pre-shared key of two members, the same from both sides.
  [[nodiscard]] crypto::Key32 secret_between(std::size_t one, std::size_t other) const;

 private:
  std::uint64_t seed_;
  std::vector<crypto::X25519KeyPair> keys_;
};

/// The text of an author's message. Anybody can compute it, hence notice a changed one.
[[nodiscard]] proto::Bytes message_text(std::uint64_t seed, std::size_t author, std::uint32_t number);

/// What a member has on disk: for each author how many messages, none missing in between. Outlives crashes.
struct Notebook {
  std::vector<std::uint32_t> have;
  friend bool operator==(const Notebook&, const Notebook&) = default;
};

}  // namespace comity::sim::gossip
