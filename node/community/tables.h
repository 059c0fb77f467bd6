// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <vector>

#include "node/community/types.h"
#include "storage/table.h"

namespace comity::community {

using storage::Retention;
using storage::Table;

inline constexpr Table<UserId> kPeople(
    {.prefix = 0x40,
     .name = "people",
     .why =
         "The people of our own agency who may sign in, or once could: rows stay, since old posts name them.",
     .value = "fixed layout, node/community/people/people.cpp",
     .retention = Retention::kRecord},
    {"user"});
inline constexpr Table<std::string> kHandles({.prefix = 0x41,
                                              .name = "handles",
                                              .why = "Whose sign-in name it is; a name is never given twice.",
                                              .value = "user 16 bytes, check",
                                              .retention = Retention::kRecord},
                                             {"handle"});

using Falling = storage::Descending<std::uint64_t>;
inline constexpr Table<SpaceId, Falling, Falling, EntryId> kManifests(
    {.prefix = 0x42,
     .name = "manifests",
     .why = "The manifests that a steward wrote for its space, newest first.",
     .value = "feed 32 bytes, seq u64, received u64, check",
     .retention = Retention::kRebuildable},
    {"space", "term", "revision", "entry"});
inline constexpr Table<FeedId, KeyEpoch, AgencyId> kGrants(
    {.prefix = 0x43,
     .name = "grants",
     .why = "To whom the keys of our own feeds were granted, so that nobody is left out or served twice.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"feed", "epoch", "agency"});
inline constexpr Table<SpaceId> kMemberships(
    {.prefix = 0x44,
     .name = "memberships",
     .why = "Where we stand in a space, with which feed, and which rule holds for our own readers.",
     .value = "state u8, since u64, feed 32 bytes, reader rule u8, check",
     .retention = Retention::kRecord},
    {"space"});
/// Kind 1: a person, whose UserID is the name; kind 2: a unit.
inline constexpr Table<SpaceId, std::uint8_t, std::string> kSpaceReaders(
    {.prefix = 0x45,
     .name = "space_readers",
     .why = "The persons and units of our own agency who may read a space that is not open to all staff.",
     .value = "empty",
     .retention = Retention::kRecord},
    {"space", "kind", "who"});
inline constexpr Table<FeedId, AgencyId> kEntitled(
    {.prefix = 0x46,
     .name = "entitled",
     .why = "From which key epoch on a reader of our feed is given the keys: the history that we decided on.",
     .value = "epoch u64, check",
     .retention = Retention::kRecord},
    {"feed", "agency"});

inline constexpr Table<SpaceId, EntryId, Hlc, FeedId, Seq> kByThread(
    {.prefix = 0x47,
     .name = "by_thread",
     .why =
         "The entries of a discussion in the order of their clocks. Its keys in the change stream say which "
         "entries became readable.",
     .value = "type u8, entry 32 bytes, parent 32 bytes, check",
     .retention = Retention::kRebuildable,
     .streamed = true},
    {"space", "thread", "hlc", "feed", "seq"});
inline constexpr Table<SpaceId, std::uint8_t, Hlc, FeedId, Seq> kTopics(
    {.prefix = 0x48,
     .name = "topics",
     .why = "What begins a discussion, by its type and clock: the list of a space.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"space", "type", "hlc", "feed", "seq"});
inline constexpr Table<FeedId, KeyEpoch, Seq> kUnread(
    {.prefix = 0x49,
     .name = "unread",
     .why = "Entries whose key we have not been granted yet; they are read when it comes.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"feed", "epoch", "seq"});
inline constexpr Table<FeedId, KeyEpoch> kLateKeys(
    {.prefix = 0x4a,
     .name = "late_keys",
     .why = "Key epochs that were granted late, while their waiting entries are being read.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"feed", "epoch"});
inline constexpr Table<SpaceId, AgencyId, UserId, Hlc, FeedId, Seq> kNames(
    {.prefix = 0x4b,
     .name = "names",
     .why = "What an agency told a space of the people who write there, the newest last.",
     .value = "size of the handle u8, handle, name, check",
     .retention = Retention::kRebuildable},
    {"space", "agency", "user", "hlc", "feed", "seq"});
inline constexpr Table<FeedId, UserId> kIntroduced(
    {.prefix = 0x4c,
     .name = "introduced",
     .why = "By which entry the readers of our feed were told a person's name.",
     .value = "seq u64, handle, check",
     .retention = Retention::kNode},
    {"feed", "user"});
inline constexpr Table<SpaceId, proto::Sha256Digest> kOrigins(
    {.prefix = 0x4d,
     .name = "origins",
     .why =
         "What was imported into a space by our agency, by the hash of source and identifier, so that it is "
         "imported once.",
     .value = "entry 32 bytes",
     .retention = Retention::kRebuildable},
    {"space", "origin"});

/// All of the above, for the node's list of tables.
[[nodiscard]] std::vector<storage::TableInfo> tables();

/// Judges one row of them, for Verifying::check of the store. Rows of other tables pass. Errors:
/// kFeedDamaged. Any thread.
[[nodiscard]] Status check_row(const storage::TableInfo& table, ByteView key, ByteView value);

}  // namespace comity::community
