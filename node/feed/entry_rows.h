// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "crypto/random.h"
#include "node/feed/feed_state.h"
#include "node/feed/projection.h"

namespace comity::feed {

/// Why the body of a stored entry is not shown. The numbers stand in rows.
enum class Withholding : std::uint8_t {
  kNone = 0,
  kNotReceived = 1,    ///< it came without its body
  kLabel = 2,          ///< in quarantine: its label is above the ceiling
  kSignerRevoked = 3,  ///< in quarantine
  kSignerExpired = 4,  ///< in quarantine
  kBodyRule = 5,       ///< in quarantine: a body that is not what its kind says
  kDisposed = 6,       ///< erased by the records role
  kExpired = 7,        ///< erased when its time had come
};

/// Whether the body is held, and an operator may release it.
[[nodiscard]] constexpr bool is_quarantine(Withholding why) noexcept {
  return why >= Withholding::kLabel && why <= Withholding::kBodyRule;
}

/// One entry to be stored.
struct NewEntry {
  const Header& header;
  ByteView bytes;  ///< exact header
  ByteView sig;    ///< empty within a run
  ByteView body;   ///< stored body; empty when withheld for good
  WallTime received{};
  bool ahead = false;
  Withholding withheld = Withholding::kNone;
};

/// Adds all rows of the entry, those of the projections included: header, body, body key, entry index, and as
/// few more as it needs. `random` makes the body key. The feed's own row is the caller's.
void put_entry(storage::Batch& batch, const NewEntry& entry, const SpaceId& space, Projections projections,
               crypto::Random& random);

/// One stored header.
struct StoredHeader {
  Header header;
  Bytes bytes{};
  Bytes sig{};  ///< empty within a run
  WallTime received{};
  bool ahead = false;
};

/// Errors: kFeedDamaged, also when the header does not belong to its place.
[[nodiscard]] Result<StoredHeader> decode_header_row(ByteView key, ByteView value);

/// The stored body behind its wrapping. Errors: kFeedDamaged, naming the table at fault.
[[nodiscard]] Result<Bytes> unwrap_body(const FeedId& feed, Seq seq, ByteView key_row, ByteView body_row);

struct WithheldRow {
  Withholding why = Withholding::kNone;
  WallTime since{};
};
[[nodiscard]] Bytes encode_withheld(ByteView key, const WithheldRow& row);
[[nodiscard]] Result<WithheldRow> decode_withheld(ByteView key, ByteView value);

}  // namespace comity::feed
