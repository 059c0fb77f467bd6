// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/spaces.h"

namespace comity::api {

/// draft/put, drop, list.
void add_draft_commands(CommandTable& table, CommunityDesk desk);

}  // namespace comity::api
