// SPDX-License-Identifier: EUPL-1.2
#include "proto/finding.h"

namespace comity::proto {
namespace {

std::string step_of(Code code, std::string_view fix) {
  return std::string(fix.empty() ? describe(code).next_step : fix);
}

}  // namespace

std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kFail:
      return "FAIL";
    case Verdict::kSkip:
      return "skip";
  }
  return "skip";
}

Finding found_ok(Code code, std::string text) {
  return {code, Verdict::kOk, std::move(text), {}};
}

Finding found_skip(Code code, std::string text) {
  return {code, Verdict::kSkip, std::move(text), {}};
}

Finding found_warn(Code code, std::string text, std::string_view fix) {
  return {code, Verdict::kWarn, std::move(text), step_of(code, fix)};
}

Finding found_fail(Code code, std::string text, std::string_view fix) {
  return {code, Verdict::kFail, std::move(text), step_of(code, fix)};
}

}  // namespace comity::proto
