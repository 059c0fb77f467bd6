// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <vector>

#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// A card that an agency told a space of one of its people, from kNames.
struct ToldCard {
  v1::ProfileCard card{};
  FeedId feed;
  Seq seq{};
};

/// The place of a card's row.
struct CardPlace {
  SpaceId space;
  AgencyId agency;
  UserId user;
  Hlc order{};
  FeedId feed;
  Seq seq{};
};

/// The rows of kNames and kToldHandles for a card. Precondition: check_card() has passed it.
void put_card(storage::Batch& rows, const CardPlace& place, const v1::ProfileCard& card);
/// The row of kNames. Error kFeedDamaged.
[[nodiscard]] Result<v1::ProfileCard> decode_card_row(ByteView key, ByteView value);

/// The newest that `agency` told the space of a person, whether it was withdrawn or not; nothing when it told
/// nothing. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<std::optional<ToldCard>> told_card(const storage::View& view, const SpaceId& space,
                                                        const AgencyId& agency, const UserId& user);

/// Whether a card may be shown at all: its body is held and nobody who may has withdrawn it.
[[nodiscard]] Result<bool> card_stands(const storage::View& view, const ToldCard& card);

/// The people of `agency` whose newest card in the space has this handle; more than one where the agency
/// gave it twice. At most 16. `known` is one whose card was looked at already and stands.
[[nodiscard]] Result<std::vector<UserId>> told_users(const storage::View& view, const SpaceId& space,
                                                     const AgencyId& agency, std::string_view handle,
                                                     const std::optional<UserId>& known = std::nullopt);

}  // namespace comity::community
