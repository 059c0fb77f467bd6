// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <variant>

#include "node/daemon/start.h"

namespace comity::daemon {

/// Reads the command line of comityd: how to run, or a text that was asked for (--help, --version). Error
/// kUsage.
[[nodiscard]] proto::Result<std::variant<Options, std::string>> parse_options(int argc,
                                                                              const char* const* argv);

}  // namespace comity::daemon
