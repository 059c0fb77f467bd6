// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>

#include "crypto/sealed_body.h"
#include "crypto/x25519.h"

namespace comity::crypto {

/// For whom and for what a feed key is wrapped. A wrap opens in this context only, so it cannot be moved to
/// another feed, epoch, author or recipient.
struct GrantContext {
  proto::AgencyId author;
  proto::FeedId feed;
  proto::KeyEpoch epoch{};
  proto::AgencyId recipient;
};

/// A feed key as it travels in a KEY_GRANT entry. Nothing in it says whether a psk was used.
struct WrappedFeedKey {
  static constexpr std::size_t kCiphertextBytes = 32 + kAeadTagBytes;

  X25519PublicKey encapsulated;
  std::array<std::byte, kCiphertextBytes> ciphertext{};
};

/// An unwrapped feed key, and how well the wrap was protected.
struct UnwrappedFeedKey {
  FeedKey key;
  bool with_psk = false;  ///< else a recorded wrap is only as strong as X25519
};

/// Wraps `key` for the recipient's encryption key: HPKE (RFC 9180) with info "comity.v1.grant" NUL ‖ author ‖
/// feed ‖ u64be epoch ‖ recipient, mode psk when `psk`, PairKey::for_grants() of the two agencies, is given,
/// else base. Error kLowOrderPoint.
[[nodiscard]] proto::Result<WrappedFeedKey> wrap_feed_key(const FeedKey& key, const GrantContext& grant,
                                                          const X25519PublicKey& recipient_key,
                                                          const Key32* psk, Random& random);

/// Tries each of `psks`, those that this agency holds with the author, then base mode. Errors:
/// kLowOrderPoint; kNoGrant when none opens it.
[[nodiscard]] proto::Result<UnwrappedFeedKey> unwrap_feed_key(const WrappedFeedKey& wrapped,
                                                              const GrantContext& grant,
                                                              const X25519KeyPair& recipient_key,
                                                              std::span<const Key32* const> psks);

}  // namespace comity::crypto
