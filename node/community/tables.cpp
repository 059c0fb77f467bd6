// SPDX-License-Identifier: EUPL-1.2
#include "node/community/tables.h"

#include <algorithm>

#include "node/community/discussion/levels_table.h"
#include "node/community/people/drafts_table.h"
#include "node/community/posts/timeline_table.h"
#include "node/feed/row.h"

namespace comity::community {

std::vector<storage::TableInfo> tables() {
  return {kPeople.info(),        kHandles.info(),      kManifests.info(),    kGrants.info(),
          kMemberships.info(),   kSpaceReaders.info(), kEntitled.info(),     kByThread.info(),
          kTopics.info(),        kUnread.info(),       kLateKeys.info(),     kNames.info(),
          kIntroduced.info(),    kOrigins.info(),      kProfiles.info(),     kPasswords.info(),
          kReleasedCards.info(), kToldHandles.info(),  kFollows.info(),      kWikiRevisions.info(),
          kWikiPaths.info(),     kWikiLinks.info(),    kWikiStamps.info(),   kByAuthor.info(),
          kAuthorNewest.info(),  kSpaceNewest.info(),  kSpaceFollows.info(), kAbout.info(),
          kTagged.info(),        kChannels.info(),     kOwnEntries.info(),   kNotices.info(),
          kAttention.info(),     kReadCounts.info(),   kSessions.info(),     kTokens.info(),
          kDrafts.info(),        kTimeline.info(),     kSpaceLevels.info()};
}

Status check_row(const storage::TableInfo& table, ByteView key, ByteView value) {
  constexpr std::uint8_t kChecked[] = {0x40, 0x41, 0x42, 0x44, 0x46, 0x47, 0x4b, 0x4c, 0x4e, 0x4f,
                                       0x50, 0x52, 0x53, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f,
                                       0x61, 0x62, 0x63, 0x64, 0x65, 0x68, 0x69, 0x6a};
  constexpr std::uint8_t kEmpty[] = {0x43, 0x45, 0x48, 0x49, 0x4a, 0x51, 0x54, 0x55, 0x56, 0x60};
  const auto within = [&](const auto& list) {
    return std::find(std::begin(list), std::end(list), table.prefix) != std::end(list);
  };
  if (within(kChecked)) {
    const auto row = feed::RowReader::open(table, key, value);
    if (!row.ok()) return row.error();
  } else if (within(kEmpty) && !value.empty()) {
    return feed::damaged(table, key, "it holds something");
  } else if (table.prefix == kOrigins.info().prefix && value.size() != EntryId::kSize) {
    return feed::damaged(table, key, "the layout is another one");
  }
  return {};
}

}  // namespace comity::community
