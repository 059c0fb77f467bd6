// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/config/setting.h"
#include "node/config/value.h"
#include "proto/result.h"

namespace comity::config {

/// A value of the file that no setting takes, and how to name it: "a date".
struct Foreign {
  std::string_view what;
};

/// A value as the file holds it, before its setting is known.
using Raw = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, Foreign>;

/// The value that `raw` gives to the setting. Errors, whose detail says what was found and what the setting
/// takes: kConfigType, or kConfigValue when the type is right and the value is not allowed.
[[nodiscard]] proto::Result<Value> to_value(const SettingInfo& info, const Raw& raw);

/// The same from plain text without quotes, as a default or a command line states it; lists separated by
/// commas.
[[nodiscard]] proto::Result<Value> to_value(const SettingInfo& info, std::string_view text);

/// The value of a setting that the file does not state. Throws std::bad_variant_access when the table gives a
/// default that its own row forbids.
[[nodiscard]] Value default_value(const SettingInfo& info);

}  // namespace comity::config
