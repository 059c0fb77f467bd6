// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "storage/tables.h"
#include "storage/view.h"

namespace comity::storage {

/// The bounds of proto/bounds.h and the borders of tables, checked by every adapter before anything happens.
/// Errors: kStoreBounds, kStoreUnknownTable (also for a put into a dropped table and for the change stream).
[[nodiscard]] proto::Status check_batch(const Batch& batch, const Tables& tables);
[[nodiscard]] proto::Status check_read(ByteView key, const Tables& tables);
[[nodiscard]] proto::Status check_range(ByteView begin, ByteView end, const Tables& tables);
[[nodiscard]] proto::Status check_scan(const Scan& scan);

}  // namespace comity::storage
