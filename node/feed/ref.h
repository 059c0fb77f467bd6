// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "crypto/sha256.h"
#include "node/feed/types.h"

namespace comity::feed {

/// How one entry names another in its content: a hash of the EntryID. Whoever holds the entry finds it by
/// this; whoever does not, because its author does not reach them, learns that something is answered, and no
/// id (docs/decisions/0027).
using EntryRef = proto::FixedId<struct EntryRefTag, 32>;

/// H("ref", EntryID), docs/protocol/feeds.md.
[[nodiscard]] inline EntryRef ref_of(const EntryId& entry) {
  return EntryRef(crypto::tagged_hash("ref", {entry.view()}).bytes());
}

}  // namespace comity::feed
