// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/check/observed.h"
#include "proto/finding.h"

namespace comity::federation {

using proto::Finding;
using proto::Verdict;

namespace check_limits {
inline constexpr std::chrono::seconds kClockWarning{30};  ///< of difference (research/operators.md 3)
inline constexpr std::chrono::minutes kClockFailure{
    10};                                              ///< new keys and agreements are refused from there on
inline constexpr std::chrono::seconds kUsualLag{60};  ///< what waits less long is on its way
}  // namespace check_limits

/// The findings of `comity peer check`, one for each of the codes 2001 to 2008, in that order. A pure
/// function; any thread.
[[nodiscard]] std::vector<Finding> judge(const Observed& seen);

/// How long an agreement lasts, as `doctor` says it of each peer and `peer check` of one: 30, 7 and 1 days
/// before its end it warns.
[[nodiscard]] Finding judge_end(proto::Code code, std::string_view name, const Agreed& agreed, WallTime now);

/// "3 h 12 min", "5 d 2 h", "40 s".
[[nodiscard]] std::string span_text(std::chrono::milliseconds span);

}  // namespace comity::federation
