// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "crypto/secret.h"
#include "storage/table.h"

namespace comity::cli {

/// What lies sealed in a row: the stored body without its wrapping and, where the node holds the key, its
/// content behind it, unpacked. Nothing for rows that hold nothing sealed, or that do not open.
[[nodiscard]] std::optional<proto::Bytes> open_value(const storage::View& view,
                                                     const crypto::Key32& storage_key,
                                                     const storage::TableInfo& table, proto::ByteView key);

}  // namespace comity::cli
