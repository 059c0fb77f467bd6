// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <optional>

#include "node/config/settings.h"

namespace comity::community {

/// How long a shared space goes on without word of its steward: its newest HeadStatement says that no newer
/// manifest, a removal for example, is on its way (DESIGN 5.11).
struct FreshnessLimits {
  std::chrono::seconds warn = std::chrono::hours(24);
  std::chrono::seconds refuse = std::chrono::hours(72);
};
[[nodiscard]] FreshnessLimits limits_of(const config::Settings& settings);

enum class Freshness : std::uint8_t {
  kFresh,
  kWarn,    ///< shown on the space
  kRefuse,  ///< posts are refused: kSpaceStale
};

/// `age` of the newest word of the steward; nothing: none was ever heard. Our own spaces are always fresh,
/// which the caller knows. Pure.
[[nodiscard]] Freshness freshness(const std::optional<std::chrono::milliseconds>& age,
                                  const FreshnessLimits& limits) noexcept;

}  // namespace comity::community
