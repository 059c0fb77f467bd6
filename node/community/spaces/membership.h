// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// Where we stand in a space. The numbers stand in rows.
enum class Standing : std::uint8_t {
  kOffered = 0,  ///< its steward names us a member; no row
  kJoined = 1,
  kLeft = 2,
  kRemoved = 3,  ///< joined, and the newest manifest names us no more; no row of its own
};

/// "offered", "joined", "left", "removed".
[[nodiscard]] std::string_view standing_text(Standing standing) noexcept;

/// The row of kMemberships.
struct Membership {
  Standing standing = Standing::kOffered;
  WallTime since{};
  FeedId feed;  ///< ours in the space; zero: none
  v1::ReaderRule readers = v1::READER_RULE_OPEN;
};

void put_membership(storage::Batch& rows, const SpaceId& space, const Membership& membership);
/// Nothing when there is no row. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<std::optional<Membership>> find_membership(const storage::View& view,
                                                                const SpaceId& space);

/// Somebody of our agency, or a unit, as `space readers SLUG add WHO` names them.
struct ReaderName {
  UserId user;         ///< zero: it is a unit
  std::string unit{};  ///< at most 256 bytes
};
void put_reader(storage::Batch& rows, const SpaceId& space, const ReaderName& who);
void erase_reader(storage::Batch& rows, const SpaceId& space, const ReaderName& who);
/// The persons and units of the rows, whatever the rule is.
[[nodiscard]] Result<policy::SpaceReaders> read_readers(const storage::View& view, const SpaceId& space,
                                                        v1::ReaderRule rule);

/// From which key epoch on a reader of our feed gets the keys.
void put_entitled(storage::Batch& rows, const FeedId& feed, const AgencyId& agency, KeyEpoch from);
void erase_entitled(storage::Batch& rows, const FeedId& feed, const AgencyId& agency);
[[nodiscard]] Result<std::optional<KeyEpoch>> find_entitled(const storage::View& view, const FeedId& feed,
                                                            const AgencyId& agency);

}  // namespace comity::community
