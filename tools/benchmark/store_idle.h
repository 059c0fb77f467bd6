// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>

#include "proto/result.h"

namespace comity::benchmark {

/// What an idle comityd costs on a data directory.
struct IdleNode {
  double ready_seconds = 0;      ///< from the start of the process to its ready line
  double resident_mib = 0;       ///< once it has settled
  double private_mib = 0;        ///< of those, the ones that no file backs
  double processor_seconds = 0;  ///< until then
};

/// Starts the program on the directory, waits for its ready line, lets it settle, looks, and ends it in
/// order. Error kUnknown with what went wrong.
[[nodiscard]] proto::Result<IdleNode> start_idle(const std::filesystem::path& program,
                                                 const std::filesystem::path& directory);

/// comityd of the same build as the running program.
[[nodiscard]] std::filesystem::path daemon_of_this_build();

}  // namespace comity::benchmark
