// SPDX-License-Identifier: EUPL-1.2
#include "node/daemon/counts.h"

#include "node/feed/feed_state.h"

namespace comity::daemon {

std::uint64_t count_entries(storage::Store& store) {
  const auto view = store.snapshot();
  if (!view.ok()) return 0;
  std::uint64_t entries = 0;
  const proto::Status seen = feed::each_feed(**view, [&](const feed::FeedState& feed) {
    entries += proto::raw(feed.end.seq);
    return true;
  });
  return seen.ok() ? entries : 0;
}

}  // namespace comity::daemon
