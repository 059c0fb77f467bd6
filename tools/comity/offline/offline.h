// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "tools/comity/verb.h"

/// The verbs that work on a data directory themselves and refuse while a node runs on it.
namespace comity::cli {

[[nodiscard]] std::vector<Verb> init_verbs();
[[nodiscard]] std::vector<Verb> db_verbs();
[[nodiscard]] std::vector<Verb> doctor_verbs();
[[nodiscard]] std::vector<Verb> dump_verbs();
[[nodiscard]] std::vector<Verb> verify_verbs();

}  // namespace comity::cli
