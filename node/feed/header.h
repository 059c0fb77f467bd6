// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/sealed_body.h"
#include "node/feed/types.h"
#include "node/policy/label.h"

namespace comity::feed {

using Blind = proto::FixedId<struct BlindTag, 16>;

/// The header of one entry, decoded. All-zero ids and zero numbers stand for "absent".
struct Header {
  EntryId id;  ///< of the exact bytes it was read from
  AgencyId agency;
  FeedId feed;
  Seq seq{};
  EntryId prev;
  Hlc hlc{};
  KeyId signer;
  std::uint32_t keydoc = 0;
  v1::Kind kind = v1::KIND_NONE;  ///< may hold a number that this version does not know
  Sha256Digest body_hash;
  std::uint32_t body_size = 0;
  KeyEpoch key_epoch{};
  Seq audience_seq{};
  EntryId audience_id;
  policy::Label label;
  Sha256Digest release;
  std::uint64_t expires = 0;  ///< ms since 1970; 0: never
  Blind blind;

  [[nodiscard]] bool expired(WallTime now) const noexcept { return expires != 0 && millis(now) >= expires; }
  [[nodiscard]] crypto::Slot slot() const { return {agency, feed, seq, prev}; }
};

[[nodiscard]] EntryId entry_id(ByteView header);
[[nodiscard]] FeedId feed_id(const AgencyId& agency, const SpaceId& space, const Incarnation& incarnation);
[[nodiscard]] Sha256Digest body_hash(ByteView stored_body);
/// What the signature on a run's last header covers.
[[nodiscard]] Bytes signed_bytes(ByteView header);

/// Decodes a header and checks what can be told from it alone. Errors: those of proto::decode; kBadLabel;
/// kFeedVersion; kFeedBadHeader (seq against prev, kind against seq, audience fields that do not belong
/// together, a body above its bound, an expiry on a kind that the protocol itself reads). Any thread.
[[nodiscard]] Result<Header> read_header(ByteView bytes);

/// The exact bytes that will be signed; `id` is not looked at. Throws std::logic_error for a header that
/// breaks its schema.
[[nodiscard]] Bytes write_header(const Header& header);

/// Whether this version knows what to do with the kind; the bodies of others are kept, relayed and not shown.
[[nodiscard]] bool is_known(v1::Kind kind) noexcept;
/// Whether the stored body of this kind is sealed as a whole.
[[nodiscard]] bool is_sealed(v1::Kind kind) noexcept;

}  // namespace comity::feed
