// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/spaces.h"
#include "node/community/people/people_reader.h"
#include "node/community/search/searching.h"

namespace comity::api {

/// Who answers searches, away from the owner thread.
struct SearchDesk {
  std::function<http::Task<proto::Result<community::search::SearchPage>>(
      const policy::Reader&, const community::search::SearchQuery&)>
      find;
  std::function<http::Task<proto::Result<community::PeopleFound>>(const policy::Reader&,
                                                                  const community::PeopleQuery&)>
      people;
};

/// search, people/search.
void add_search_commands(CommandTable& table, CommunityDesk desk, SearchDesk search);

}  // namespace comity::api
