// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <vector>

#include "node/feed/header.h"
#include "node/feed/signers.h"

namespace comity::feed {

/// Where a feed stands: what the next entry must connect to.
struct ChainEnd {
  AgencyId agency;
  FeedId feed;
  Seq seq{};           ///< of the last entry; 0: none yet
  EntryId id;          ///< of the last entry
  Hlc hlc{};           ///< of the last entry
  Seq audience_seq{};  ///< of the last AUDIENCE entry
  EntryId audience_id;
  bool closed = false;  ///< a FEED_CLOSE was the last entry

  friend bool operator==(const ChainEnd&, const ChainEnd&) = default;
};

/// One entry as it travelled. Views into bytes that the caller keeps.
struct WireEntry {
  ByteView header;
  ByteView sig;   ///< 64 bytes, or empty: the run goes on
  ByteView body;  ///< meaningful when has_body
  bool has_body = false;
  v1::Withheld withheld = v1::WITHHELD_NONE;
};

/// A message's bytes seen as a WireEntry; `entry` outlives it.
[[nodiscard]] WireEntry view_of(const v1::Entry& entry);

/// Whether `header` may follow `end`. Errors: kFeedBadHeader (another feed or agency), kFeedGap, kFeedPrev,
/// kFeedHlc, kFeedAudience, kFeedClosed. Pure; any thread.
[[nodiscard]] Status check_link(const ChainEnd& end, const Header& header);
/// `end` after that entry.
void advance(ChainEnd& end, const Header& header);

/// Why a batch was not taken to its end.
struct Refusal {
  std::size_t index = 0;  ///< the first entry that was not taken
  Error error;
  /// The author itself signed what breaks the rules: its feed is to be frozen. Else the sender is at fault,
  /// or something is missing that can be fetched.
  bool author_signed = false;
};

struct VerifiedRuns {
  std::vector<Header> headers;  ///< of the complete, verified runs, from the first entry on
  std::vector<Signer> signers;  ///< one for each header
  ChainEnd end;                 ///< after them
  std::optional<Refusal> refusal{};
};

/// Verifies the runs of a batch, cheap things first: sizes, strict walk, chain, clock, audience, bounds of
/// the run, then one signature a run (research/protocol.md 6). Bodies are not looked at. Errors in the
/// refusal: those of read_header() and check_link(); kWrongSize; kFeedRunTooLong; kFeedRunSigner (two keys or
/// KeyDoc versions in one run); kFeedSignature; kFeedSignerUnknown; kFeedRunOpen (the batch ends inside a
/// run). Trust in a signer is not judged here. Pure; any thread.
[[nodiscard]] VerifiedRuns verify_runs(const ChainEnd& start, std::span<const WireEntry> entries,
                                       const Signers& signers);

/// Verifies the proof that an author wrote an entry, offline: the header of that entry. Errors: kFeedProof
/// and those of verify_runs().
[[nodiscard]] Result<Header> verify_evidence(const v1::RunEvidence& evidence, const Signers& signers);

/// Verifies the proof that an author forked its feed: the two headers at the place of the fork. Errors as
/// above; kFeedProof when both are one entry, or stand in different places.
[[nodiscard]] Result<std::pair<Header, Header>> verify_fork(const v1::ForkProof& proof,
                                                            const Signers& signers);

}  // namespace comity::feed
