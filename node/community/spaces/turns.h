// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/community/spaces/guarded.h"

namespace comity::community {

/// Changes of one space that wait for those before them.
inline constexpr std::size_t kMostChanges = 64;

/// Runs `change` at once, or when what is under way in the space has settled: each manifest is made from the
/// one before it, so of two made from the same one the second would undo the first. `works` outlives what
/// waits. Error kFeedBusy, told to `done`, when kMostChanges wait already.
template <class Work>
void in_turn(std::map<SpaceId, Work>& works, const SpaceId& id, const Done& done,
             std::function<void()> change) {
  const auto at = works.find(id);
  if (at == works.end() || !at->second.busy) return change();
  if (at->second.waiting.size() >= kMostChanges)
    return answer(done, Error{Code::kFeedBusy, "too many changes of this space wait"});
  at->second.waiting.push_back(
      [&works, id, done, change = std::move(change)](const Status&) { in_turn(works, id, done, change); });
}

}  // namespace comity::community
