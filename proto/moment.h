// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <string>

namespace comity::proto {

/// "2026-11-23T10:04:11Z" (RFC 3339), UTC, for people and documents; fractions of a second are dropped.
[[nodiscard]] std::string moment_text(std::chrono::sys_time<std::chrono::milliseconds> moment);

}  // namespace comity::proto
