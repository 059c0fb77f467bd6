// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "tools/comity/verb.h"

/// The verbs that ask the running node, or only read the settings file.
namespace comity::cli {

[[nodiscard]] std::vector<Verb> audit_verbs();
[[nodiscard]] std::vector<Verb> status_verbs();
[[nodiscard]] std::vector<Verb> config_verbs();

}  // namespace comity::cli
