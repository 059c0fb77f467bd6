// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <optional>
#include <string>

#include "node/community/spaces/manifest.h"
#include "node/community/spaces/membership.h"

namespace comity::community {

/// A space as this node knows it: the newest manifest of its steward, and where we stand.
struct Space {
  Manifest manifest{};
  EntryId manifest_entry;
  FeedId manifest_feed;
  Seq manifest_seq{};
  KeyEpoch manifest_epoch{};  ///< under which its card is sealed; 0: it has none
  WallTime manifest_received{};
  std::optional<v1::SpaceCard> card{};  ///< nothing until we are granted a key that opens one
  Membership membership{};
  policy::SpaceReaders readers{};
  v1::Audience audience{};  ///< in force in our feed
  bool has_audience = false;

  [[nodiscard]] const SpaceId& id() const noexcept { return manifest.space; }
  [[nodiscard]] const AgencyId& steward() const noexcept { return manifest.steward; }
  [[nodiscard]] v1::SpaceKind kind() const noexcept { return manifest.genesis.kind(); }
  [[nodiscard]] bool circle() const noexcept { return kind() == v1::SPACE_KIND_CIRCLE; }
  [[nodiscard]] bool directory() const noexcept { return kind() == v1::SPACE_KIND_DIRECTORY; }
  [[nodiscard]] bool inside() const noexcept { return kind() == v1::SPACE_KIND_INSIDE; }
  /// Empty until the card is known.
  [[nodiscard]] std::string slug() const { return card ? card->slug() : std::string(); }
  [[nodiscard]] std::string title() const { return card ? card->title() : std::string(); }
  /// Of a circle, ascending; empty for every other kind, and until the card is known.
  [[nodiscard]] std::vector<Person> people() const {
    return circle() && card ? people_of(*card) : std::vector<Person>();
  }
  [[nodiscard]] bool lists(const AgencyId& agency) const {
    return find_member(manifest.message, agency) != nullptr;
  }
  [[nodiscard]] Standing standing(const AgencyId& self) const {
    const bool removed = membership.standing == Standing::kJoined && !lists(self);
    return removed ? Standing::kRemoved : membership.standing;
  }
};

}  // namespace comity::community
