// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// How much of a space, or of one discussion, a person wants to be told. The numbers stand in rows.
enum class WatchLevel : std::uint8_t {
  kNone = 0,      ///< no word on it: a discussion goes by its space, a space by kNormal
  kMuted = 1,     ///< nothing at all
  kMentions = 2,  ///< what mentions them
  kNormal = 3,    ///< that, and replies to what they wrote
  kWatching = 4,  ///< everything
};
/// "muted", "mentions", "normal", "watching"; empty for kNone.
[[nodiscard]] std::string_view watch_level_text(WatchLevel level) noexcept;
/// Error kWatchRule.
[[nodiscard]] Result<WatchLevel> parse_watch_level(std::string_view text);

/// Rows by which one of our people watches a space, or with `thread` one discussion in it.
[[nodiscard]] storage::Batch watch(const SpaceId& space, const EntryRef& thread, const UserId& user,
                                   WatchLevel level);
[[nodiscard]] Result<WatchLevel> watch_level(const storage::View& view, const SpaceId& space,
                                             const EntryRef& thread, const UserId& user);

/// What a person set for these spaces; those for which nothing is set are left out.
[[nodiscard]] Result<std::map<SpaceId, WatchLevel>> watch_levels(const storage::View& view,
                                                                 std::span<const SpaceId> spaces,
                                                                 const UserId& user);

/// All levels that are set in a space: by discussion, or zero for the space, and person. At most 100,000.
using WatchLevels = std::map<std::pair<EntryRef, UserId>, WatchLevel>;
[[nodiscard]] Result<WatchLevels> watch_levels(const storage::View& view, const SpaceId& space);

/// Up to where somebody has read each feed; entries of a feed come in the order of their numbers, whatever
/// their clocks say.
using ReadPosition = std::map<FeedId, Seq>;
[[nodiscard]] Result<ReadPosition> read_position(const storage::View& view, const SpaceId& space,
                                                 const EntryRef& thread, const UserId& user);
/// Puts it, guarded by what it was.
[[nodiscard]] Status put_read_position(const storage::View& view, storage::Batch& rows, const SpaceId& space,
                                       const EntryRef& thread, const UserId& user,
                                       const ReadPosition& position);

/// How often counted entries of a space were erased. Kept through a rebuild, which knows nothing of them.
[[nodiscard]] Result<std::uint64_t> erasures(const storage::View& view, const SpaceId& space);
[[nodiscard]] Result<std::map<SpaceId, std::uint64_t>> erasures(const storage::View& view,
                                                                std::span<const SpaceId> spaces);
void put_erasures(storage::Batch& rows, const SpaceId& space, std::uint64_t count);

/// When what a person has seen of their notifications last came; zero: never.
[[nodiscard]] Result<std::uint64_t> notices_seen(const storage::View& view, const UserId& user);
[[nodiscard]] storage::Batch see_notices(const UserId& user, std::uint64_t received);

}  // namespace comity::community
