// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include "storage/table.h"
#include "storage/tables.h"

namespace comity::home {

/// The layout of the store that this program writes; a rise comes with a migration.
inline constexpr std::uint32_t kSchema = 1;

inline constexpr storage::Table<std::string> kNode(
    {.prefix = 0x70,
     .name = "node",
     .why =
         "What the node remembers of its own runs. Row boots: how often it started, the same number as in "
         "the file "
         "boots beside the store; where they differ, one of the two was put back from a copy. Row settings: "
         "the settings of the last start, so that the next one can record what was changed.",
     .value = "boots: count u64; settings: the text of a settings file; each row closed by a check",
     .retention = storage::Retention::kNode},
    {"name"});

/// Every table of a node's store.
[[nodiscard]] storage::Tables node_tables();

}  // namespace comity::home
