// SPDX-License-Identifier: EUPL-1.2
#include "node/community/ids.h"

#include <algorithm>

#include <fmt/format.h>

namespace comity::community {
namespace {

constexpr std::size_t kIdLetters = 52;

template <class Id>
Result<Id> parse(std::string_view text) {
  if (text.size() != kIdLetters) {
    return Error{Code::kIdRule, fmt::format("{} letters where {} belong", text.size(), kIdLetters)};
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto bytes = crypto::base32_decode(lower);
  if (!bytes) return Error{Code::kIdRule, "it is not base32"};
  return Id::from(*bytes);
}

}  // namespace

Result<EntryId> parse_entry_id(std::string_view text) {
  return parse<EntryId>(text);
}

Result<SpaceId> parse_space_id(std::string_view text) {
  return parse<SpaceId>(text);
}

std::string time_text(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace comity::community
