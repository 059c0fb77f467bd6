// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "storage/rocks/rocks_store.h"

namespace comity::storage {

/// An open database whose content was found to reach as far as its durable mark says.
struct RocksStore::Opened {
  std::shared_ptr<RocksDb> db;
  std::unique_ptr<DurableMark> mark;
  Version last{};
  Version first_change{};
  RecentIds ids;
  bool clean = true;
  bool mark_damaged = false;
};

}  // namespace comity::storage
