// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/spaces.h"

namespace comity::api {

/// import/markdown and import/mbox: {path, space, as, source, dry_run} → {imported, skipped, failed,
/// failures:
/// [{where, code, title, detail}]}. The node reads the files itself, so `path` is absolute. `caught_up` waits
/// until the projections show everything that is stored.
void add_import_commands(CommandTable& table, CommunityDesk desk,
                         std::function<http::Task<void>()> caught_up);

}  // namespace comity::api
