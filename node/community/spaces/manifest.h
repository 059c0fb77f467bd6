// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "node/community/types.h"
#include "node/policy/release.h"

namespace comity::community {

/// The bytes of the message whose hash is the SpaceID.
[[nodiscard]] SpaceId space_id(ByteView genesis);

/// A manifest that holds together by itself.
struct Manifest {
  SpaceId space;
  v1::SpaceGenesis genesis;
  AgencyId steward;
  v1::SpaceManifest message;
  Label ceiling;
};

/// Reads the body of a SPACE_MANIFEST entry. Errors: those of proto::decode; kBadLabel; kFeedBodyRule for
/// members that do not ascend or lack the steward, a steward who is none, a time without its rule, or an
/// inside space with others in it. Whoever wrote it is not judged here. Any thread.
[[nodiscard]] Result<Manifest> read_manifest(ByteView body);

[[nodiscard]] const v1::Member* find_member(const v1::SpaceManifest& manifest, const AgencyId& agency);
/// Adds or replaces a member, keeping the order.
void put_member(v1::SpaceManifest& manifest, const AgencyId& agency, v1::MemberRole role);
bool erase_member(v1::SpaceManifest& manifest, const AgencyId& agency);

/// What the release gate and the audience are computed from.
[[nodiscard]] policy::SpaceRules rules_of(const Manifest& manifest);

/// Whether `text` can name a space: parts of lower-case letters, digits and hyphens, separated by slashes,
/// each beginning with a letter or digit; at most 64 bytes.
[[nodiscard]] bool is_slug(std::string_view text) noexcept;

/// Reads a SpaceCard. Errors: those of proto::decode; kSlugRule; kTextRule for a title that is no plain line
/// or a description with control characters. Any thread.
[[nodiscard]] Result<v1::SpaceCard> read_card(ByteView bytes);

/// The people of a circle by its card, ascending, each once.
[[nodiscard]] std::vector<Person> people_of(const v1::SpaceCard& card);

[[nodiscard]] std::string_view kind_text(v1::SpaceKind kind) noexcept;

}  // namespace comity::community
