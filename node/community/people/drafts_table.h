// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>

#include "node/community/types.h"
#include "storage/table.h"

namespace comity::community {

/// Beside the tables of tables.h, among which tables() names it.
inline constexpr storage::Table<UserId, std::string> kDrafts(
    {.prefix = 0x69,
     .name = "drafts",
     .why = "What a person of our own agency began to write and has not sent, by where it belongs. It stays "
            "here.",
     .value = "written u64, nonce 24 bytes, the text sealed by XChaCha20-Poly1305 under a key made of the "
              "storage key with this row's key as associated data, check",
     .retention = storage::Retention::kNode},
    {"user", "draft"});

}  // namespace comity::community
