// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/community/spaces/space.h"

namespace comity::community {

/// What reading needs to know of a space.
struct SpaceSight {
  SpaceId id;
  std::string slug{};
  std::string title{};
  v1::SpaceKind kind = v1::SPACE_KIND_NONE;
  AgencyId steward;
  WallTime created{};
  bool open = false;  ///< we have joined it at some time
  policy::SpaceReaders readers{};
  std::vector<AgencyId> moderators{};  ///< whose word hides others' entries, ascending

  [[nodiscard]] bool may_moderate(const AgencyId& agency) const;
};

/// What reading needs to know of spaces and agencies, as it was at one moment. Never changes: pages are read
/// on other threads while the owner goes on.
struct Sights {
  struct Agency {
    std::string name{};
    bool hidden = false;  ///< suspended or revoked
  };
  AgencyId self;
  std::map<SpaceId, SpaceSight> spaces{};
  std::map<AgencyId, Agency> agencies{};
  /// The directory that an agency keeps of its own people, where we joined it: the oldest, should there be
  /// more.
  std::map<AgencyId, SpaceId> directories{};

  /// Takes the directory among `directories` unless an older one of its steward is there.
  void note_directory(const SpaceSight& directory);
  [[nodiscard]] const SpaceSight* directory_of(const AgencyId& agency) const;

  [[nodiscard]] const SpaceSight* find(const SpaceId& space) const;
  /// The short name, or the start of the id where nobody told one.
  [[nodiscard]] std::string name(const AgencyId& agency) const;
  [[nodiscard]] bool hidden(const AgencyId& agency) const;
};

}  // namespace comity::community
