// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/config/settings.h"

namespace comity::config {

/// Every effective value with its origin, one a line: `log.level = "info"   # default`. Secrets show as
/// "***".
[[nodiscard]] std::string show_text(const Loaded& loaded);

/// The same as one JSON document on one line, with a line feed:
/// {"file":F,"settings":{"log.level":{"value":"info","origin":"file","line":3,"change":"live"},…}}.
/// `origin` is "default" or "file", the latter with `line`; `change` is "restart" or "live".
[[nodiscard]] std::string show_json(const Loaded& loaded);

/// Both for any table; `values` and `origins` hold one a row.
[[nodiscard]] std::string show_text(const Table& table, std::string_view file,
                                    const std::vector<Value>& values, const std::vector<Origin>& origins);
[[nodiscard]] std::string show_json(const Table& table, std::string_view file,
                                    const std::vector<Value>& values, const std::vector<Origin>& origins);

}  // namespace comity::config
