// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/federation/keys/newest.h"

namespace comity::federation {

inline constexpr std::chrono::days kEncKeyLife{30};
inline constexpr std::chrono::days kEncKeyRenewBefore{
    10};                                             ///< of the end, so that peers hold the next one in time
inline constexpr std::chrono::days kEncKeyKeep{30};  ///< after the end; then the private half is destroyed

/// Our own encryption keys. Private halves are in guarded memory, and sealed under the node's storage key in
/// the store. Owner thread.
class OwnEncKeys {
 public:
  OwnEncKeys(const AgencyId& self, const crypto::Key32& storage_key, crypto::Random& random)
      : self_(self), storage_key_(storage_key), random_(random) {}

  /// Error kFeedDamaged naming the row, also when it was sealed under another storage key; those of the
  /// store.
  Status load(const storage::View& view);

  struct Renewed {
    Rows rows{};
    bool made = false;                            ///< a new key
    std::optional<v1::SignedEncKeys> announce{};  ///< for all peers, once the rows are on disk
  };
  /// Makes a key when there is none, or the newest ends within ten days; signs the set anew then, and when
  /// the signing key or its KeyDoc has changed. With `fresh` a key is made in any case. Call at start and
  /// daily. `book` keeps the public side.
  Result<Renewed> renew(EncKeyBook& book, const ChainBook& chains, const feed::SigningKey& signing,
                        WallTime now, bool fresh = false);

  /// Drops private halves 30 days after their end, if everything was fetched from the peers after it: a node
  /// that was down first collects its grants. The caller compacts kEncSecrets.range() after the rows are on
  /// disk, or the bytes live on in its files.
  Rows destroy(WallTime now, WallTime last_full_sync);

  /// The key pair with this id; nullptr when it is not ours or destroyed.
  [[nodiscard]] const crypto::X25519KeyPair* find(const KeyId& key) const;
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

 private:
  struct Held {
    EncKey public_key;
    crypto::X25519KeyPair pair;
  };
  Bytes row_of(ByteView key, const Held& held);

  AgencyId self_;
  const crypto::Key32& storage_key_;
  crypto::Random& random_;
  std::map<KeyId, Held> keys_;
};

}  // namespace comity::federation
