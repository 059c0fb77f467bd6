// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <vector>

#include "node/api/command.h"
#include "node/federation/federation.h"
#include "proto/finding.h"

namespace comity::api {

/// The document of `peer check` and `doctor`: checks (a list of {code, title, verdict, text, fix}), failures,
/// warnings, ok. Any thread.
[[nodiscard]] boost::json::object findings_json(const std::vector<proto::Finding>& findings);

/// The command "peer/check": {name}. It changes nothing; what it learns is in its answer alone.
[[nodiscard]] Command peer_check_command(federation::Federation& federation);

/// The command "doctor": what only the running node can tell. `look` runs on the owner thread and outlives
/// the table.
[[nodiscard]] Command doctor_command(std::function<std::vector<proto::Finding>()> look);

}  // namespace comity::api
