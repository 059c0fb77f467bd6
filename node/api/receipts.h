// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <boost/json/value.hpp>

#include "node/api/spaces.h"

namespace comity::api {

/// What the holders of a withdrawn entry did about it: confirmed, of, and agencies (a list with agency,
/// agency_id and outcome: hidden, held, disposed, not held, refused, waiting). Null for an entry that is not
/// withdrawn. Errors: those of PostReader::open() and of the store.
[[nodiscard]] proto::Result<boost::json::value> receipts_json(const CommunityDesk& desk,
                                                              const storage::View& view,
                                                              community::PostReader& posts,
                                                              const proto::EntryId& entry);

}  // namespace comity::api
