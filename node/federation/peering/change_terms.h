// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/peering/terms.h"

namespace comity::federation {

/// Which way entries may flow, as the side that changes the terms sees it.
enum class Direction : std::uint8_t { kBoth, kSend, kReceive };

/// What single flags of `comity agreement narrow` and `widen` change. Limits and spaces apply to every
/// direction that is open afterwards; for one direction alone the whole text is given instead.
struct TermsChange {
  std::vector<std::string> add_spaces{};
  std::vector<std::string> remove_spaces{};
  std::optional<v1::Tlp> ceiling{};
  std::optional<WallTime> ends{};
  std::optional<Direction> direction{};
  std::optional<std::uint64_t> bytes_per_day{};  ///< 0: no limit, as for the next two
  std::optional<std::uint64_t> entries_per_day{};
  std::optional<std::uint32_t> feeds_per_day{};
  std::optional<std::uint32_t> keep_days{};

  [[nodiscard]] bool empty() const;
};

/// The terms after the change. Errors: kAgreementRule, for a pattern that is to be removed and stands
/// nowhere, a change that changes nothing, and those of encode_terms(). Pure; any thread.
[[nodiscard]] Result<Terms> change_terms(Terms terms, const TermsChange& change);

/// "both", "send" or "receive". Error kAgreementRule.
[[nodiscard]] Result<Direction> parse_direction(std::string_view text);
/// "2026-11-30", the beginning of that day in UTC, or "2026-11-30T10:00:00Z". Error kAgreementRule.
[[nodiscard]] Result<WallTime> parse_terms_time(std::string_view text);

/// What a flow allows, in words: "spaces hr/*, wiki; labels up to AMBER; at most 100 entries a day".
[[nodiscard]] std::string flow_text(const std::optional<Flow>& flow);

/// What `next` says otherwise than `before`, one sentence a change; both as one side wrote them. Pure.
[[nodiscard]] std::vector<std::string> differences(const Terms& before, const Terms& next);

}  // namespace comity::federation
