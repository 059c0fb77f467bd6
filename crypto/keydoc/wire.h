// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/keydoc/root_set.h"
#include "proto/result.h"

namespace comity::v1 {
class Key;
}

namespace comity::crypto {

/// Root keys on the wire, where documents and the reveal of the next roots both hold them. Error kKeyDocRule
/// for a key of another purpose or with a time window: a chain must verify the same on every day.
[[nodiscard]] proto::Result<RootKey> read_root(const v1::Key& field);
void write_root(const RootKey& key, v1::Key& field);

}  // namespace comity::crypto
