// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include "node/web/serve/services.h"

namespace comity::web {

/// The error as a reader may have it. What only the operator can look into (status 500) is written to the
/// node's log with its particulars under a new id, and comes back with that id in their place, which the
/// reader can name. Everything else, and what has been reported already, comes back as it is. Owner thread.
[[nodiscard]] proto::Error reported(const Services& services, const proto::Error& error);

/// The id that reported() has given it; empty for what needed none.
[[nodiscard]] std::string report_id(const proto::Error& error);

}  // namespace comity::web
