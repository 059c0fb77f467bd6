// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "comity/v1/audit.pb.h"

#include "node/feed/reader.h"

namespace comity::feed {

/// One event of the audit log and the entry that holds it.
struct AuditRow {
  EntryId id;
  Seq seq{};
  v1::LocalAudit event;
};

struct AuditPage {
  std::vector<AuditRow> rows;  ///< newest first
  Bytes next{};                ///< `after` of the next page; empty at the end
};

/// Events of the audit feeds in `space`, newest first, those after the place `after` that an earlier page
/// gave (empty: from the newest on), at most `limit`. Errors: kBadArguments for a place that is none,
/// kStoreBounds for limit 0, kFeedDamaged and those of the store. Any thread.
[[nodiscard]] Result<AuditPage> audit_page(const storage::View& view, const crypto::Key32& storage_key,
                                           const SpaceId& space, ByteView after, std::size_t limit);

}  // namespace comity::feed
