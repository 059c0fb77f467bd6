// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// Notifications that one person keeps, the newest of them: ten pages of a list. Somebody who watches a busy
/// space is told of a thousand in a week, and nobody pages further back; what they tell of stays where it is.
inline constexpr std::size_t kMostNotices = 1000;
/// How long one is kept: half a year, so that who comes back from a long leave still finds theirs.
inline constexpr std::chrono::hours kNoticeAge{24 * 180};

/// A step of tidying.
struct NoticeTidying {
  storage::Batch rows{};  ///< to be committed; empty: there was nothing to remove
  UserId last;            ///< up to whom it looked
  bool more = false;      ///< the next step goes on behind `last`
};

/// Removes what people behind `after` have beyond kMostNotices or for longer than kNoticeAge. One step looks
/// at `most_people` at most and at kMostNotices rows of each, and removes what lies behind them unseen.
/// Notifications that are still being made are left alone. What is added meanwhile is newer, so no step
/// conflicts with it. Any thread. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<NoticeTidying> tidy_notices(const storage::View& view, WallTime now, const UserId& after,
                                                 std::size_t most_people);

}  // namespace comity::community
