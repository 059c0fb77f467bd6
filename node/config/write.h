// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "node/config/settings.h"

namespace comity::config {

/// The text of a settings file that says what `settings` says: each row with its meaning, and as a comment
/// where it has its default. parse_settings() reads it back to equal settings. Precondition: the settings
/// without default are set. Holds the paths of secrets: it is for the file, not for showing.
[[nodiscard]] std::string render_config(const Settings& settings);

/// The same with the examples of the table for the settings without default: a file to begin with.
[[nodiscard]] std::string sample_config();

/// docs/settings.md.
[[nodiscard]] std::string settings_reference();

/// The file and the reference for any table; `values` holds one a row.
[[nodiscard]] std::string render_config(const Table& table, const std::vector<Value>& values);
[[nodiscard]] std::string settings_reference(const Table& table);

}  // namespace comity::config
