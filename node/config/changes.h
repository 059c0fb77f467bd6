// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "node/config/settings.h"

namespace comity::config {

/// A setting whose value differs between two readings of the file.
struct Change {
  std::string name;    ///< "section.key"
  std::string before;  ///< as TOML, for log and audit; "***" for a secret
  std::string after;
  bool needs_restart = false;
};

/// What differs, in the order of the table.
[[nodiscard]] std::vector<Change> changes(const Settings& before, const Settings& after);

/// What the node may use from now on without a restart: `running` with the live rows of `wanted`.
[[nodiscard]] Settings apply_live(const Settings& running, const Settings& wanted);

}  // namespace comity::config
