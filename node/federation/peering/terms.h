// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <span>

#include "comity/v1/peering.pb.h"

#include "node/federation/types.h"
#include "node/policy/label.h"

namespace comity::federation {

inline constexpr std::size_t kTermsBytes = 32768;  ///< of encoded terms, as the schema bounds them

/// What one side may send to the other.
struct Flow {
  std::vector<std::string> patterns{};  ///< slugs; a trailing "*" stands for any ending
  std::vector<SpaceId> spaces{};        ///< whatever their slug
  policy::Label ceiling{};
  std::uint64_t bytes_per_day = 0;  ///< 0: no limit, as for the next two
  std::uint64_t entries_per_day = 0;
  std::uint32_t feeds_per_day = 0;

  /// Whether the flow names the space.
  [[nodiscard]] bool allows(const SpaceId& space, std::string_view slug) const;
  friend bool operator==(const Flow&, const Flow&) = default;
};

/// The text of an agreement (proto/comity/v1/peering.proto), decoded.
struct Terms {
  std::string title{};
  std::string purpose{};
  std::optional<Flow> proposer_sends{};
  std::optional<Flow> accepter_sends{};
  v1::HistoryRule history = v1::HISTORY_RULE_ALL;
  WallTime history_since{};  ///< with HISTORY_RULE_SINCE
  WallTime starts{};         ///< 0: at signing
  WallTime ends{};           ///< last moment
  std::uint32_t keep_days = 0;
  std::string contact{};
  Sha256Digest replaces{};  ///< zero: none

  friend bool operator==(const Terms&, const Terms&) = default;
};

/// What is signed without a file: any space that either side offers, ceiling AMBER, both directions, one
/// year.
[[nodiscard]] Terms default_terms(WallTime now);

/// The exact bytes. Errors: kAgreementRule for terms that break a rule, those of the schema.
[[nodiscard]] Result<Bytes> encode_terms(const Terms& terms);
/// Errors as above, and those of the strict walker.
[[nodiscard]] Result<Terms> decode_terms(ByteView bytes);
/// SHA-256("comity.v1.terms" NUL bytes).
[[nodiscard]] Sha256Digest terms_digest(ByteView bytes);
/// "9f3c-11d0-77ab": the start of a digest, for people.
[[nodiscard]] std::string digest_text(const Sha256Digest& digest);

/// The same terms seen from the other side: proposer and accepter exchanged.
[[nodiscard]] Terms turned(Terms terms);

/// Whether `next` allows nothing that `before` does not: every flow, history, start, end and the days for
/// which content is kept. Both name proposer and accepter alike. A pure function; any thread.
[[nodiscard]] bool narrows(const Terms& before, const Terms& next);

/// Whether title, purpose and contact are the same. They say what an agreement is for, so one side alone does
/// not change them, however narrow the rest.
[[nodiscard]] bool same_words(const Terms& a, const Terms& b);

/// The widest terms that narrow both, with the words of `a`. What two sides agreed to when each narrowed by
/// itself. A pure function; any thread.
[[nodiscard]] Terms meet(const Terms& a, const Terms& b);

/// Text that an operator edits, in TOML; "we" is the side that proposes.
[[nodiscard]] std::string write_agreement_file(const Terms& terms);
/// Reads it. Errors: kAgreementFile naming line and column; kAgreementRule.
[[nodiscard]] Result<Terms> read_agreement_file(std::string_view text);

}  // namespace comity::federation
