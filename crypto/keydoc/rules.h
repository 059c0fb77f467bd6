// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <vector>

#include "crypto/keydoc/keydoc.h"

namespace comity::crypto {

/// Longest life of a node signing, transport or witness key: the yearly use of the offline roots, and a
/// month.
inline constexpr std::chrono::days kMostKeyLife{400};

/// What a key is for. No key ever has two purposes: what it signs for one must mean nothing for another.
enum class KeyRole : std::uint8_t { kRoot, kNodeSign, kTransport, kWitness };

/// A public key of a document and its purpose.
struct KeyUse {
  proto::Sha256Digest
      bytes;  ///< hash of the public key alone, so that no second algorithm hides a second use
  proto::KeyId id;
  KeyRole role;
  Moment not_before;  ///< of a root key: none, as for not_after
  Moment not_after;
};
[[nodiscard]] std::vector<KeyUse> key_uses(const KeyDoc& doc);

/// The rules that one document keeps by itself: the fields of a first or later version, a threshold of 1 up
/// to the number of usable roots, honest keys with one purpose and a life of at most 400 days, no listed key
/// revoked, no revocation without its moment, an end not after that of the last of the node's keys, names
/// that can be shown. Errors: kKeyDocRule, kKeyRole, kLowOrderPoint.
[[nodiscard]] proto::Status check_rules(const KeyDoc& doc);

}  // namespace comity::crypto
