// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/types.h"
#include "storage/table.h"

namespace comity::community {

inline constexpr storage::Table<Hlc, FeedId, Seq> kTimeline(
    {.prefix = 0x64,
     .name = "timeline",
     .why =
         "The updates and discussions of all spaces by clock: who follows a good part of them finds a page "
         "at its end.",
     .value = "space 32 bytes, user 16 bytes (zero: imported, or the agency's own), check",
     .retention = storage::Retention::kRebuildable},
    {"hlc", "feed", "seq"});

}  // namespace comity::community
