// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/aead.h"
#include "crypto/guarded.h"
#include "proto/bounds.h"
#include "proto/ids.h"

namespace comity::crypto {

class Random;

/// The place in a feed that a body is sealed for. Known before sealing, since the header that follows commits
/// to the sealed body and not to the text.
struct Slot {
  proto::AgencyId agency;
  proto::FeedId feed;
  proto::Seq seq{};
  proto::EntryId prev;  ///< all zero at seq 1

  friend bool operator==(const Slot&, const Slot&) = default;
};

/// The key of one key epoch of a feed: opens every body of the epoch. Wrapped for the readers, see grant.h.
/// Fetched for each body that is read, hence outside guarded memory. Throws std::logic_error when it is used
/// after it was moved away.
struct FeedKey {
  BriefKey32 bytes;
  [[nodiscard]] static FeedKey generate(Random& random);
};

/// The key of one body: disclosing it opens that entry and no other, and whoever receives it can tell a false
/// one from the true one.
struct ContentKey {
  Key32 bytes;
};

// A sealed body is  commitment (32) ‖ n (24) ‖ XChaCha20-Poly1305(K, n, ad = slot, padded content), with
//   CEK = HKDF-Expand(feed key, "comity.v1.cek" NUL n ‖ slot),   K ‖ commitment = HKDF-Expand(CEK,
//   "comity.v1.body-key" NUL).
// ChaCha20-Poly1305 alone does not commit to its key: without the commitment an author could make one body
// that two keys open to two texts under one EntryID.
inline constexpr std::size_t kCommitmentBytes = 32;
inline constexpr std::size_t kSealedBodyOverhead = kCommitmentBytes + kXChaChaNonceBytes + kAeadTagBytes;

/// Bytes of the sealed body of `content` bytes.
[[nodiscard]] std::size_t sealed_body_bytes(std::size_t content) noexcept;

/// Seals `content` for `slot` under a fresh random n. Error kBodyTooLarge when the result would exceed
/// kSealedBodyBytes. Any thread, when `random` allows it.
[[nodiscard]] proto::Result<proto::Bytes> seal_body(const FeedKey& key, const Slot& slot,
                                                    proto::ByteView content, Random& random);

/// The content of a sealed body. Errors: kWrongSize; kKeyCommitment for another key or slot, found before
/// anything is decrypted; kAuthentication; kBadPadding. Any thread.
[[nodiscard]] proto::Result<proto::Bytes> open_body(const FeedKey& key, const Slot& slot,
                                                    proto::ByteView body);

/// The content key of one sealed body, for disclosure. Error kWrongSize.
[[nodiscard]] proto::Result<ContentKey> content_key(const FeedKey& key, const Slot& slot,
                                                    proto::ByteView body);

/// Opens a body with its disclosed content key. Errors as for open_body().
[[nodiscard]] proto::Result<proto::Bytes> open_disclosed(const ContentKey& key, const Slot& slot,
                                                         proto::ByteView body);

}  // namespace comity::crypto
