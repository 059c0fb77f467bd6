// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// The settings that are one word of several. The words stand in the order of the enumerators.
namespace comity::config {

/// The words of an enumeration, as the file writes them.
template <class Enum>
inline constexpr auto kWords = nullptr;

/// The least severe line that is still written.
enum class LogLevel : std::uint8_t { kError, kWarning, kInfo, kDebug };
template <>
inline constexpr auto kWords<LogLevel> = std::to_array<std::string_view>({"error", "warning", "info",
                                                                          "debug"});

/// The shape of a line.
enum class LogFormat : std::uint8_t { kText, kJson };
template <>
inline constexpr auto kWords<LogFormat> = std::to_array<std::string_view>({"text", "json"});

}  // namespace comity::config
