// SPDX-License-Identifier: EUPL-1.2
#include "proto/moment.h"

#include <fmt/chrono.h>

namespace comity::proto {

std::string moment_text(std::chrono::sys_time<std::chrono::milliseconds> moment) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::chrono::floor<std::chrono::seconds>(moment)));
}

}  // namespace comity::proto
