// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/comity/verb.h"

namespace comity::cli {

/// A command line that was understood.
struct Chosen {
  const Verb* verb = nullptr;
  Arguments arguments;
  std::string data_directory;
  bool json = false;
};

/// Text that was asked for, such as a help page: printed, then the program ends well.
struct Shown {
  std::string text;
};

/// Reads a command line. Error kUsage says what is wrong with it.
[[nodiscard]] proto::Result<std::variant<Chosen, Shown>> parse(const std::vector<Verb>& verbs, int argc,
                                                               const char* const* argv);

}  // namespace comity::cli
