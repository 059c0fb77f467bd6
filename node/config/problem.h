// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/error.h"

namespace comity::config {

/// A place in the file. Lines and columns count from 1, columns in code points; line 0 is the file as a
/// whole.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

/// One thing that is wrong with a settings file.
struct Problem {
  Position at;
  proto::Code code = proto::Code::kUnknown;
  std::string detail;  ///< the setting and what was found; never a secret
};

/// The problem as the error that a person reads; its detail begins with "FILE:LINE:COLUMN: ".
[[nodiscard]] proto::Error to_error(std::string_view file, const Problem& problem);

/// Puts the problems in the order of the file and, when there are more than 100, ends them with a kConfigMore
/// that counts the rest.
void put_in_order(std::vector<Problem>& problems);

}  // namespace comity::config
