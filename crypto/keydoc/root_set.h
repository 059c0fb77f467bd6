// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <vector>

#include "crypto/keydoc/key_id.h"
#include "proto/ids.h"

namespace comity::crypto {

/// A root key. One of an algorithm that this version does not know is carried and never counted.
struct RootKey {
  std::uint8_t algorithm = 0;  ///< number of v1::Alg
  proto::Bytes public_key;

  [[nodiscard]] static RootKey of(const Ed25519PublicKey& key);
  [[nodiscard]] proto::KeyId id() const { return key_id(algorithm, public_key); }
  /// The key, when this version can check its signatures.
  [[nodiscard]] std::optional<Ed25519PublicKey> ed25519() const;

  friend bool operator==(const RootKey&, const RootKey&) = default;
};

/// The keys that sign an agency's key documents, and how many of them must.
struct RootSet {
  std::vector<RootKey> keys;
  std::uint32_t threshold = 0;

  /// The root key with this id, also one that this version cannot use; null when there is none.
  [[nodiscard]] const RootKey* listed(const proto::KeyId& id) const;
  /// The root key with this id that this version can use, if any.
  [[nodiscard]] std::optional<Ed25519PublicKey> find(const proto::KeyId& id) const;
  /// How many of the keys this version can use.
  [[nodiscard]] std::size_t usable() const;
  /// SHA-256("comity.v1.next-root" NUL u32be threshold ‖ key ids, ascending): what an agency commits to
  /// before it shows the keys. Equal for equal sets, whatever the order of their keys.
  [[nodiscard]] proto::Sha256Digest commitment() const;
};

}  // namespace comity::crypto
