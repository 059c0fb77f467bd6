// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/web/serve/router.h"

namespace comity::web {

/// /s/SPACE/members: who is in a space that this agency looks after.
void add_member_pages(Router& router);

}  // namespace comity::web
