// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "node/feed/ref.h"
#include "storage/table.h"

namespace comity::feed {

using storage::Placement;
using storage::Retention;
using storage::Table;

/// The tables of feeds. Rows are written by entry_rows.h, feed_state.h and the projections only.
inline constexpr Table<FeedId> kFeeds(
    {.prefix = 0x10,
     .name = "feeds",
     .why =
         "What is known of a feed: whose it is, in which space, where its chain and its audience stand, and "
         "whether it is frozen.",
     .value = "fixed layout, node/feed/feed_state.cpp",
     .retention = Retention::kRecord},
    {"feed"});
inline constexpr Table<FeedId, Seq> kHeaders(
    {.prefix = 0x11,
     .name = "headers",
     .why = "One entry: the exact header that was signed, the signature where a run ends, and when it came.",
     .value = "fixed layout, node/feed/entry_rows.cpp, around the bytes of an EntryHeader",
     .retention = Retention::kRecord,
     .streamed = true},
    {"feed", "seq"});
inline constexpr Table<FeedId, Seq> kBodies(
    {.prefix = 0x12,
     .name = "bodies",
     .why = "The stored body of an entry, wrapped once more under its own body key.",
     .value = "ChaCha20-Poly1305 of the stored body",
     .retention = Retention::kDisposable,
     .placement = Placement::kBodies},
    {"feed", "seq"});
inline constexpr Table<FeedId, Seq> kBodyKeys(
    {.prefix = 0x13,
     .name = "body_keys",
     .why = "The random key of one wrapped body; without this row the body is noise, in every copy of it.",
     .value = "32 bytes and their check",
     .retention = Retention::kDisposable,
     .placement = Placement::kKeys},
    {"feed", "seq"});
inline constexpr Table<EntryRef> kEntries(
    {.prefix = 0x14,
     .name = "entries",
     .why = "Where an entry stands, by its EntryRef: what other entries name it by.",
     .value = "feed 32 bytes, seq u64; the EntryID of the header there has this EntryRef",
     .retention = Retention::kRecord},
    {"ref"});
inline constexpr Table<FeedId, KeyEpoch> kKeyEpochs(
    {.prefix = 0x15,
     .name = "key_epochs",
     .why = "The key that opens the bodies of one key epoch of a feed, sealed under the node's storage key.",
     .value = "nonce 24 bytes, XChaCha20-Poly1305 of the key",
     .retention = Retention::kRecord,
     .placement = Placement::kKeys},
    {"feed", "epoch"});
inline constexpr Table<Sha256Digest> kReleases(
    {.prefix = 0x16,
     .name = "releases",
     .why = "The records of release decisions that our headers name by their hash.",
     .value = "ReleaseRecord, whose hash the key is",
     .retention = Retention::kRecord},
    {"release"});
inline constexpr Table<FeedId, Seq> kWithheld(
    {.prefix = 0x17,
     .name = "withheld",
     .why = "Why the body of an entry is not shown: in quarantine, disposed of, expired, or never received.",
     .value = "reason u8, time u64, check",
     .retention = Retention::kRecord,
     .streamed = true},
    {"feed", "seq"});
inline constexpr Table<FeedId, std::uint8_t> kForkProofs(
    {.prefix = 0x18,
     .name = "fork_proofs",
     .why =
         "The proof that an author wrote two entries at one place of its feed: one row for each of the two "
         "branches, since both together may be larger than a row.",
     .value = "RunEvidence, check",
     .retention = Retention::kRecord},
    {"feed", "branch"});
inline constexpr Table<std::string> kProjections(
    {.prefix = 0x19,
     .name = "projections",
     .why = "Which version of each projection the rows are of, and up to where it followed the store.",
     .value = "version u32, position u64, check",
     .retention = Retention::kNode},
    {"name"});
inline constexpr Table<EntryId> kHolds({.prefix = 0x1a,
                                        .name = "holds",
                                        .why = "Legal holds: an entry with one is never disposed of.",
                                        .value = "time u64, reason, check",
                                        .retention = Retention::kRecord},
                                       {"entry"});

/// When bodies expire, so that purging needs no search.
inline constexpr Table<std::uint64_t, FeedId, Seq> kExpiring(
    {.prefix = 0x1b,
     .name = "expiring",
     .why = "The entries with an expiry whose body is still held, soonest first.",
     .value = "empty",
     .retention = Retention::kRecord},
    {"ms", "feed", "seq"});
inline constexpr Table<SpaceId, Hlc, FeedId, Seq> kBySpace(
    {.prefix = 0x1c,
     .name = "by_space",
     .why = "The entries of a space in the order of their clocks; one whose clock ran ahead stands where it "
            "was received.",
     .value = "kind u8, check",
     .retention = Retention::kRebuildable},
    {"space", "hlc", "feed", "seq"});
inline constexpr Table<EntryRef, EntryId> kWithdrawals(
    {.prefix = 0x1d,
     .name = "withdrawals",
     .why = "Which entries ask that an entry be hidden, and by whose word.",
     .value = "agency 32 bytes, reason u8, check",
     .retention = Retention::kRebuildable},
    {"target", "withdraw"});
inline constexpr Table<SpaceId, AgencyId> kSpaceCounts(
    {.prefix = 0x1e,
     .name = "space_counts",
     .why = "How many entries of each agency a space holds, and how many of them are content.",
     .value = "entries u64, content u64, body bytes u64, check",
     .retention = Retention::kRebuildable},
    {"space", "agency"});

inline constexpr Table<FeedId, Seq> kScrubs(
    {.prefix = 0x1f,
     .name = "scrubs",
     .why = "Erased bodies whose bytes may still lie in a file: what is left to do when a disposal was cut "
            "off before the files were rewritten.",
     .value = "check",
     .retention = Retention::kTransient},
    {"feed", "seq"});

/// All of the above, for the node's list of tables.
[[nodiscard]] std::vector<storage::TableInfo> tables();

}  // namespace comity::feed
