// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/sights.h"

#include <algorithm>

#include "node/community/ids.h"

namespace comity::community {

bool SpaceSight::may_moderate(const AgencyId& agency) const {
  return std::binary_search(moderators.begin(), moderators.end(), agency);
}

const SpaceSight* Sights::find(const SpaceId& space) const {
  const auto at = spaces.find(space);
  return at == spaces.end() ? nullptr : &at->second;
}

void Sights::note_directory(const SpaceSight& directory) {
  const auto [at, added] = directories.try_emplace(directory.steward, directory.id);
  if (added) return;
  const SpaceSight* const held = find(at->second);
  if (held == nullptr || std::pair(directory.created, directory.id) < std::pair(held->created, held->id))
    at->second = directory.id;
}

const SpaceSight* Sights::directory_of(const AgencyId& agency) const {
  const auto at = directories.find(agency);
  return at == directories.end() ? nullptr : find(at->second);
}

std::string Sights::name(const AgencyId& agency) const {
  const auto at = agencies.find(agency);
  return at == agencies.end() || at->second.name.empty() ? short_text(agency) : at->second.name;
}

bool Sights::hidden(const AgencyId& agency) const {
  const auto at = agencies.find(agency);
  return at != agencies.end() && at->second.hidden;
}

}  // namespace comity::community
