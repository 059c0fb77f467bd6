// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string_view>
#include <vector>

#include "node/config/problem.h"
#include "node/config/setting.h"
#include "node/config/value.h"

namespace comity::config {

/// Where a value comes from.
struct Origin {
  bool from_file = false;  ///< else from the table's default
  Position at{};           ///< of the value in the file
};

/// What a file says about each row of a table.
struct Parsed {
  std::vector<Value> values;      ///< one a row; the default where the file says nothing or is wrong
  std::vector<Origin> origins;    ///< one a row
  std::vector<Problem> problems;  ///< in the order of the file; empty when all is well
};

/// The values that the defaults of the table give, without a file.
[[nodiscard]] Parsed parse_nothing(const Table& table);

/// Reads the text of a settings file. Reports every problem it can tell apart, not only the first. Never
/// throws for any bytes; text over bounds::kConfigFileBytes is refused unread.
[[nodiscard]] Parsed parse_values(const Table& table, std::string_view text);

}  // namespace comity::config
