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

inline constexpr Table<SpaceId, EntryRef, Hlc, FeedId, Seq> kByThread(
    {.prefix = 0x47,
     .name = "by_thread",
     .why =
         "The entries of a discussion in the order of their clocks. Its keys in the change stream say which "
         "entries became readable.",
     .value =
         "type u8, entry 32 bytes, EntryRef of the parent 32 bytes, flags u8 (1 counted among what may be "
         "unread), user 16 bytes, ReaderSet 16 bytes, check",
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
     .why = "What an agency told a space of its people: in its directory their cards, elsewhere the names of "
            "those who write there. The newest last.",
     .value = "ProfileCard, check",
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

inline constexpr Table<UserId> kProfiles(
    {.prefix = 0x4e,
     .name = "profiles",
     .why = "What a person of our own agency says of themselves, and how much of it partners are told.",
     .value = "flags u8 (1 released to partners, 2 with contact), ProfileCard, check",
     .retention = Retention::kRecord},
    {"user"});
inline constexpr Table<UserId> kPasswords({.prefix = 0x4f,
                                           .name = "passwords",
                                           .why = "What a person's password is checked against.",
                                           .value = "PasswordHash of crypto/password.h, check",
                                           .retention = Retention::kNode},
                                          {"user"});
inline constexpr Table<UserId> kReleasedCards(
    {.prefix = 0x50,
     .name = "released_cards",
     .why = "Which card of a person our directory told last, so that a change of it is told, and told once.",
     .value = "feed 32 bytes, seq u64, entry 32 bytes, SHA-256 of the card 32 bytes (zero: withdrawn), check",
     .retention = Retention::kNode},
    {"user"});
inline constexpr Table<SpaceId, AgencyId, std::string, UserId> kToldHandles(
    {.prefix = 0x51,
     .name = "told_handles",
     .why = "Who was ever told under a sign-in name; names says who bears it now.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"space", "agency", "handle", "user"});
inline constexpr Table<UserId, AgencyId, UserId> kFollows(
    {.prefix = 0x52,
     .name = "follows",
     .why = "Whom a person of our own agency follows. It stays here: nobody is told.",
     .value = "since u64, check",
     .retention = Retention::kNode},
    {"follower", "agency", "user"});

inline constexpr Table<SpaceId, EntryRef, Hlc, FeedId, Seq> kWikiRevisions(
    {.prefix = 0x53,
     .name = "wiki_revisions",
     .why = "The revisions of a page by the clocks that their authors signed, and what each builds on.",
     .value = "entry 32 bytes, count of parents u8, their EntryRefs 32 bytes each, path, check",
     .retention = Retention::kRebuildable},
    {"space", "page", "hlc", "feed", "seq"});
inline constexpr Table<SpaceId, std::string, EntryRef, FeedId, Seq> kWikiPaths(
    {.prefix = 0x54,
     .name = "wiki_paths",
     .why = "Which pages stand at a path, or once did, by the revisions that say so.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"space", "path", "page", "feed", "seq"});
inline constexpr Table<SpaceId, std::string, EntryRef, FeedId, Seq> kWikiLinks(
    {.prefix = 0x55,
     .name = "wiki_links",
     .why = "Which revisions link to a path.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"space", "target", "page", "feed", "seq"});
inline constexpr Table<SpaceId, EntryRef, AgencyId, Hlc, FeedId, Seq> kWikiStamps(
    {.prefix = 0x56,
     .name = "wiki_stamps",
     .why = "What an agency said of a revision, its last word last.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"space", "revision", "agency", "hlc", "feed", "seq"});
/// The target of an edit or a reaction is what it is about; of an accept, the discussion.
inline constexpr Table<SpaceId, EntryRef, std::uint8_t, Hlc, FeedId, Seq> kAbout(
    {.prefix = 0x59,
     .name = "about",
     .why = "The edits of an entry, the reactions to it and the marks of a discussion's answer, by type and "
            "clock. Whether one counts is judged when it is read: its target may come later.",
     .value = "entry 32 bytes, agency 32 bytes, user 16 bytes, flags u8 (1 names its readers, 2 takes "
              "back), kind of reaction or EntryRef of the answer, check",
     .retention = Retention::kRebuildable},
    {"space", "target", "type", "hlc", "feed", "seq"});
inline constexpr Table<SpaceId, Hlc, FeedId, Seq> kTagged(
    {.prefix = 0x5a,
     .name = "tagged",
     .why =
         "Which entry put which tags on which discussion: the discussion's first one, or an edit of it. One "
         "row for all of its tags, so that an entry makes few rows whatever it holds.",
     .value = "EntryRef 32 bytes, then each tag behind its size u8, check",
     .retention = Retention::kRebuildable},
    {"space", "hlc", "feed", "seq"});

inline constexpr Table<SpaceId, AgencyId, ReaderSet> kChannels(
    {.prefix = 0x5b,
     .name = "channels",
     .why = "How many entries an agency wrote for the same readers in a space: what a person has not read is "
            "the sum of what that person may see, less what was read or is their own.",
     .value = "count u64, users 16 bytes each (none for ReaderSet zero), check",
     .retention = Retention::kRebuildable},
    {"space", "agency", "readers"});
inline constexpr Table<UserId, SpaceId, ReaderSet> kOwnEntries(
    {.prefix = 0x5c,
     .name = "own_entries",
     .why = "How many of those a person of our own agency wrote.",
     .value = "count u64, check",
     .retention = Retention::kRebuildable},
    {"user", "space", "readers"});
/// User zero: an entry whose notifications are still being made, behind a user.
inline constexpr Table<UserId, Falling, FeedId, Falling> kNotices(
    {.prefix = 0x5d,
     .name = "notices",
     .why = "What a person of our own agency was told of, newest first, by what they watched then. Whether "
            "they may see it is asked when it is read.",
     .value = "reason u8 (or user 16 bytes), check",
     .retention = Retention::kTransient},
    {"user", "received", "feed", "seq"});
/// Kind 1: a watch level, of the space where EntryRef is zero; 2: up to where a discussion, or all of the
/// space, was read; 3, of space zero: up to when notifications were seen; 4, of nobody: how often counted
/// entries of the space were erased, so that older counts of what was read are taken anew.
inline constexpr Table<SpaceId, std::uint8_t, EntryRef, UserId> kAttention(
    {.prefix = 0x5e,
     .name = "attention",
     .why = "What a person of our own agency watches and has read. It stays here: nobody is told.",
     .value = "level u8, or feed 32 bytes and seq u64 each, or received u64, or erasures u64; check",
     .retention = Retention::kNode},
    {"space", "kind", "about", "user"});
inline constexpr Table<UserId, SpaceId, AgencyId, ReaderSet> kReadCounts(
    {.prefix = 0x5f,
     .name = "read_counts",
     .why = "How many entries of a channel a person has read, their own not counted.",
     .value = "count u64, erasures in the space by then u64, check",
     .retention = Retention::kNode},
    {"user", "space", "agency", "readers"});

inline constexpr Table<AgencyId, UserId, Hlc, FeedId, Seq> kByAuthor(
    {.prefix = 0x60,
     .name = "by_author",
     .why = "The updates and discussions that a person began, by clock: what their followers are shown. What "
            "was imported in their name is none of theirs.",
     .value = "empty",
     .retention = Retention::kRebuildable},
    {"agency", "user", "hlc", "feed", "seq"});
inline constexpr Table<AgencyId, UserId> kAuthorNewest(
    {.prefix = 0x61,
     .name = "author_newest",
     .why =
         "The clock of the newest row in by_author: a timeline opens only those who have something to show.",
     .value = "hlc u64, check",
     .retention = Retention::kRebuildable},
    {"agency", "user"});
inline constexpr Table<SpaceId, std::uint8_t> kSpaceNewest(
    {.prefix = 0x62,
     .name = "space_newest",
     .why = "The same for the updates and the discussions of a space, in topics.",
     .value = "hlc u64, check",
     .retention = Retention::kRebuildable},
    {"space", "type"});
inline constexpr Table<UserId, SpaceId> kSpaceFollows(
    {.prefix = 0x63,
     .name = "space_follows",
     .why = "Which spaces a person of our own agency follows. It stays here: nobody is told.",
     .value = "since u64, check",
     .retention = Retention::kNode},
    {"follower", "space"});

inline constexpr Table<UserId, proto::Sha256Digest> kSessions(
    {.prefix = 0x68,
     .name = "sessions",
     .why = "Who is signed in to the pages, by a hash of what the browser holds.",
     .value =
         "how u8 (1 password, 2 proxy), created u64, seen u64, size of the address u8, address, browser, "
         "check",
     .retention = Retention::kNode},
    {"user", "secret"});
inline constexpr Table<UserId, proto::Sha256Digest> kTokens(
    {.prefix = 0x6a,
     .name = "tokens",
     .why = "The tokens that a person made for programs, by their hashes.",
     .value = "kind u8 (1 interface, 2 syndication), scopes u32, created u64, expires u64, name, check",
     .retention = Retention::kNode},
    {"user", "secret"});

/// All of the above, for the node's list of tables.
[[nodiscard]] std::vector<storage::TableInfo> tables();

/// Judges one row of them, for Verifying::check of the store. Rows of other tables pass. Errors:
/// kFeedDamaged. Any thread.
[[nodiscard]] Status check_row(const storage::TableInfo& table, ByteView key, ByteView value);

}  // namespace comity::community
