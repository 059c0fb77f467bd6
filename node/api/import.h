// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/spaces.h"

namespace comity::api {

/// import/markdown, import/mbox and import/revisions: {path, space, as, source, dry_run, watch} → {imported,
/// skipped, failed, failures: [{where, code, title, detail}]}; import/progress: {watch} → {running, imported,
/// skipped, failed}. Whoever gives `watch`, a word of its own choice, asks by it how far the import is, and
/// has to: nobody asking for 5 seconds ends it between two items. Run again, it goes on where it stood. The
/// node reads the files itself, so `path` is absolute. `caught_up` waits until the projections show
/// everything that is stored.
void add_import_commands(CommandTable& table, CommunityDesk desk,
                         std::function<http::Task<void>()> caught_up);

}  // namespace comity::api
