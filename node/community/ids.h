// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "crypto/base32.h"
#include "node/community/types.h"

namespace comity::community {

/// Any id as people see and type it: base32, lower case, 52 letters for 32 bytes.
template <class Id>
[[nodiscard]] std::string id_text(const Id& id) {
  return crypto::base32_encode(id.view());
}

/// The start of an id, for names that stand in until a better one is known.
template <class Id>
[[nodiscard]] std::string short_text(const Id& id) {
  return crypto::base32_encode(id.view().first(5));
}

/// Reads what id_text() wrote, in either case. Error kIdRule.
[[nodiscard]] Result<EntryId> parse_entry_id(std::string_view text);
[[nodiscard]] Result<SpaceId> parse_space_id(std::string_view text);

/// RFC 3339 in UTC with milliseconds, "2026-11-25T09:30:00.000Z".
[[nodiscard]] std::string time_text(WallTime time);

}  // namespace comity::community
