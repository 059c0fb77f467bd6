// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/freshness.h"

namespace comity::community {

FreshnessLimits limits_of(const config::Settings& settings) {
  return {settings.spaces.steward_warn, settings.spaces.steward_refuse};
}

Freshness freshness(const std::optional<std::chrono::milliseconds>& age,
                    const FreshnessLimits& limits) noexcept {
  if (!age || *age >= limits.refuse) return Freshness::kRefuse;
  return *age >= limits.warn ? Freshness::kWarn : Freshness::kFresh;
}

}  // namespace comity::community
