// SPDX-License-Identifier: EUPL-1.2
#include "storage/store.h"

#include <future>

namespace comity::storage {

proto::Result<Version> Store::commit(Batch batch, Durability durability) {
  // Shared, because the committer may still be inside set_value() when the waiting side has gone on.
  auto answer = std::make_shared<std::promise<proto::Result<Version>>>();
  auto result = answer->get_future();
  submit(
      std::move(batch), durability,
      [answer](proto::Result<Version> version) { answer->set_value(std::move(version)); }, WhenFull::kWait);
  return result.get();
}

}  // namespace comity::storage
