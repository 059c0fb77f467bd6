// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/reader.h"

namespace comity::feed {

/// The end of a signing key, as far as entries are concerned that are stored already.
struct RevokedKey {
  KeyId key;
  /// Somebody else may have it: then what counts is when we first saw an entry, not what its clock says.
  bool compromised = false;
  WallTime since{};
};

/// One step of judging the entries of a feed anew.
struct Judgement {
  storage::Batch rows{};  ///< fails when somebody else has decided about one of the entries meanwhile
  std::vector<EntryId> entries{};  ///< that `rows` put into quarantine
  std::optional<Seq> next{};       ///< where the next step begins; nothing: the feed is through
};

/// Puts into quarantine what the key has signed since then: content, withdrawals and their receipts, and what
/// they have brought about is taken back. FEED_OPEN, AUDIENCE, KEY_GRANT and SPACE_MANIFEST entries have
/// shaped the feed already and stay; new ones are withheld when they come. Looks at up to `limit` entries
/// from `from` on. Errors: kFeedDamaged and those of the store. Any thread.
[[nodiscard]] Result<Judgement> judge_again(const storage::View& view, const crypto::Key32& storage_key,
                                            const FeedId& feed, const RevokedKey& revoked, Seq from,
                                            std::size_t limit, WallTime now, Projections projections);

/// One body in quarantine.
struct QuarantineRow {
  StoredHeader stored;
  SpaceId space;
  Withholding why = Withholding::kNone;
  WallTime since{};
};
struct QuarantinePage {
  std::vector<QuarantineRow> rows{};
  Bytes next{};  ///< `after` of the next page; empty: there is none
};

/// What lies in quarantine, by feed and place. A page may be short, or empty, where much else is withheld.
/// Errors: kBadArguments for an `after` that is no place, kFeedDamaged, those of the store. Any thread.
[[nodiscard]] Result<QuarantinePage> quarantine_page(const storage::View& view,
                                                     const crypto::Key32& storage_key, ByteView after,
                                                     std::size_t limit);

}  // namespace comity::feed
