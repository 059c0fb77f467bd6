// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/types.h"
#include "storage/table.h"

namespace comity::community {

inline constexpr storage::Table<UserId, SpaceId> kSpaceLevels(
    {.prefix = 0x65,
     .name = "space_levels",
     .why = "Which spaces a person of our own agency watches, and how, beside attention, where all who watch "
            "a space stand. It stays here: nobody is told.",
     .value = "level u8, check",
     .retention = storage::Retention::kNode},
    {"user", "space"});

}  // namespace comity::community
