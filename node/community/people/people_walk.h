// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/community/people/people.h"

/// Many people in one walk over rows that lie together. For searches.
namespace comity::community {

/// In the order of ids, those after `after`, or from the first; at most `limit`. Errors: kFeedDamaged and
/// those of the store.
[[nodiscard]] Result<PeoplePage> people_by_id(const storage::View& view, const std::optional<UserId>& after,
                                              std::size_t limit);

/// What the people from `first` to `last` have said of themselves, by id: cards as they were stored, whose
/// sign-in name, name and unit may be older than those of the person. Errors: as people_by_id().
[[nodiscard]] Result<std::map<UserId, v1::ProfileCard>> profile_cards(const storage::View& view,
                                                                      const UserId& first,
                                                                      const UserId& last);

}  // namespace comity::community
