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

/// Starts comityd on the directory, waits for its ready line, lets it settle, looks, and ends it in order.
/// Error kUnknown with what went wrong.
[[nodiscard]] proto::Result<IdleNode> measure_idle(const std::filesystem::path& directory);

}  // namespace comity::benchmark
