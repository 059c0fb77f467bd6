// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/tables.h"

namespace comity::feed {

std::vector<storage::TableInfo> tables() {
  return {kFeeds.info(),      kHeaders.info(),     kBodies.info(),      kBodyKeys.info(),
          kEntries.info(),    kKeyEpochs.info(),   kReleases.info(),    kWithheld.info(),
          kForkProofs.info(), kProjections.info(), kHolds.info(),       kExpiring.info(),
          kBySpace.info(),    kWithdrawals.info(), kSpaceCounts.info(), kScrubs.info()};
}

}  // namespace comity::feed
