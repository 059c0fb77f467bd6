// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "node/feed/ref.h"
#include "storage/table.h"

namespace comity::federation {

/// The tables of synchronisation. Rows are written by the file that their `value` names only.
inline constexpr storage::Table<proto::AgencyId, proto::FeedId> kAcks(
    {.prefix = 0x20,
     .name = "acks",
     .why = "Up to where a peer is known to hold a feed: what it acknowledged or told. The peer's lag is the "
            "head less this; both sides name the same rows in Hello, so that a session begins with what "
            "changed.",
     .value = "seq u64, entry 32 bytes, check; node/federation/sync/acks.cpp",
     .retention = storage::Retention::kNode},
    {"peer", "feed"});
inline constexpr storage::Table<proto::FeedId> kHeadStatements(
    {.prefix = 0x21,
     .name = "head_statements",
     .why = "The author's newest word on the head of its feed, and when it came: nobody can hide the newest "
            "entries for long.",
     .value = "received u64, SignedHeadStatement, check; node/federation/sync/heads.cpp",
     .retention = storage::Retention::kNode},
    {"feed"});
inline constexpr storage::Table<proto::FeedId> kFeedOpens(
    {.prefix = 0x22,
     .name = "feed_opens",
     .why =
         "The first entry of a feed whose history we hold from a later one on: what the FeedID is the hash "
         "of, to be shown to the next who joins.",
     .value = "Entry without signature, check",
     .retention = storage::Retention::kNode},
    {"feed"});
inline constexpr storage::Table<feed::EntryRef, proto::AgencyId> kReceipts(
    {.prefix = 0x23,
     .name = "withdraw_receipts",
     .why = "What each holder did about a withdrawn entry.",
     .value = "outcome u8",
     .retention = storage::Retention::kRebuildable},
    {"withdraw", "holder"});

inline constexpr storage::Table<proto::AgencyId> kQuotas(
    {.prefix = 0x24,
     .name = "quotas",
     .why = "How much an agency has brought on the newest day that it brought anything: a restart gives "
            "nobody a "
            "second quota.",
     .value = "day u32, feeds u32, entries u64, bytes u64, check; node/federation/sync/quotas.cpp",
     .retention = storage::Retention::kNode},
    {"agency"});

/// All of the above, for the node's list of tables.
[[nodiscard]] std::vector<storage::TableInfo> sync_tables();

}  // namespace comity::federation
