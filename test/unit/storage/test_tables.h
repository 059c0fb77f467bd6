// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "storage/tables.h"

namespace comity::storage::test {

enum class Box : std::uint32_t {};
using NoteId = proto::FixedId<struct NoteIdTag, 8>;

/// Tables of every placement, streamed and not, with every shape of key.
inline constexpr Table<Box, std::uint64_t> kNotes({.prefix = 0x10,
                                                   .name = "notes",
                                                   .why = "Rows of the tests, streamed.",
                                                   .value = "any bytes",
                                                   .retention = Retention::kRecord,
                                                   .streamed = true},
                                                  {"box", "number"});
inline constexpr Table<NoteId> kBodies({.prefix = 0x11,
                                        .name = "bodies",
                                        .why = "Large values of the tests.",
                                        .value = "any bytes",
                                        .retention = Retention::kDisposable,
                                        .placement = Placement::kBodies},
                                       {"note"});
inline constexpr Table<NoteId> kSecrets({.prefix = 0x12,
                                         .name = "secrets",
                                         .why = "Per-body keys of the tests.",
                                         .value = "any bytes",
                                         .retention = Retention::kDisposable,
                                         .placement = Placement::kKeys},
                                        {"note"});
inline constexpr Table<std::string, Descending<std::uint64_t>> kNewest({.prefix = 0x13,
                                                                        .name = "newest",
                                                                        .why = "An index of the tests.",
                                                                        .value = "empty",
                                                                        .retention = Retention::kRebuildable,
                                                                        .streamed = true},
                                                                       {"word", "time"});
inline constexpr Table<std::uint8_t> kOld({.prefix = 0x14,
                                           .name = "old",
                                           .why = "A table that schema 2 dropped.",
                                           .value = "any bytes",
                                           .since = 1,
                                           .dropped = 2},
                                          {"slot"});

inline Tables test_tables() {
  return Tables({kNotes.info(), kBodies.info(), kSecrets.info(), kNewest.info(), kOld.info()});
}

inline Bytes note(std::uint32_t box, std::uint64_t number) {
  return kNotes.key(Box{box}, number);
}
inline Bytes text(std::string_view value) {
  return proto::to_bytes(value);
}

}  // namespace comity::storage::test
