// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace comity::proto {

enum class Verdict : std::uint8_t {
  kOk,
  kWarn,  ///< works now, and will not for long, or not everywhere
  kFail,
  kSkip,  ///< could not be looked at; the text says why
};
/// "ok", "warn", "FAIL", "skip". Any thread.
[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;

/// One line of `comity peer check` or `comity doctor`; the codes 2001 to 2099 say what was looked at. A plain
/// value.
struct Finding {
  Code code = Code::kUnknown;
  Verdict verdict = Verdict::kOk;
  std::string text{};  ///< what was seen
  std::string fix{};   ///< what to do about it; empty with kOk and kSkip
};

/// Findings with what was seen. Without a `fix`, what is amiss gets the next step of its code. Any thread.
[[nodiscard]] Finding found_ok(Code code, std::string text);
[[nodiscard]] Finding found_skip(Code code, std::string text);
[[nodiscard]] Finding found_warn(Code code, std::string text, std::string_view fix = {});
[[nodiscard]] Finding found_fail(Code code, std::string text, std::string_view fix = {});

}  // namespace comity::proto
