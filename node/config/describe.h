// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

#include "node/config/setting.h"
#include "node/config/value.h"

/// A setting and its values in words, for error texts, files and documentation.
namespace comity::config {

/// What stands in place of a secret wherever people read.
inline constexpr std::string_view kHidden = "***";

/// What the setting takes, in words: "a size from 16MiB to 1TiB".
[[nodiscard]] std::string takes(const SettingInfo& info);

/// The value as text without quotes around it; a list as TOML.
[[nodiscard]] std::string to_plain(const SettingInfo& info, const Value& value);

/// The value as TOML, the way the file states it.
[[nodiscard]] std::string to_toml(const SettingInfo& info, const Value& value);

/// The value as people may see it: "***" in place of the path of a secret, else the value itself.
[[nodiscard]] Value masked(const SettingInfo& info, const Value& value);

/// The example of the table as TOML, else its default; empty when it has neither.
[[nodiscard]] std::string example_toml(const SettingInfo& info);

}  // namespace comity::config
