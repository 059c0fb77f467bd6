// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>

#include "storage/store.h"

namespace comity::daemon {

/// How many entries all feeds together hold: the sum of their heads, read from one small row a feed. 0 when
/// the store cannot be read: then `comity db verify` tells more than a number here could.
[[nodiscard]] std::uint64_t count_entries(storage::Store& store);

}  // namespace comity::daemon
