// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "storage/table.h"

namespace comity::storage {

/// The tables that every store has. Who they are stands in storage/schema.h and storage/changes.h.
inline constexpr Table<std::string> kMetaTable(
    {.prefix = 0x01,
     .name = "meta",
     .why =
         "What this store is: its schema number and the version that wrote it, when it was created and for "
         "which installation, and how far a running migration has come.",
     .value = "fixed layout, storage/schema.cpp, and a sum",
     .retention = Retention::kNode},
    {"name"});

/// Written by the adapters themselves, read by Store::changes() only.
inline constexpr Table<Version> kChangesTable(
    {.prefix = 0x02,
     .name = "changes",
     .why =
         "The change stream: which keys each batch touched, one row for each group of batches that shared a "
         "write, under the last version of the group. Never holds a value.",
     .value = "storage/changes.h, with a sum",
     .retention = Retention::kTransient},
    {"last_version"});

}  // namespace comity::storage
