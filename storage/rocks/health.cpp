// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/health.h"

namespace comity::storage {

using proto::Code;
using proto::Error;

namespace {

constexpr unsigned kUnasked = 63;

}  // namespace

Health::Health(RocksDb& db, Space space) : db_(db), space_(std::move(space)) {
  if (!space_.ballast_missing()) return;
  full_disk_ = true;
  reason_ = Error{Code::kStoreNoSpace, "less is free than the ballast takes"};
}

std::optional<Error> Health::refusal() {
  const std::lock_guard lock(mutex_);
  if (full_disk_) return_from_full_disk();
  if (!reason_) look_for_room();
  return reason_;
}

void Health::look_for_room() {
  if (unasked_left_ > 0) {
    --unasked_left_;
    return;
  }
  if (space_.below_reserve()) {
    full_disk_ = true;
    reason_ = Error{Code::kStoreNoSpace, "less than the reserve is free"};
  } else if (space_.has_plenty()) {
    unasked_left_ = kUnasked;
  }
}

void Health::return_from_full_disk() {
  if (!space_.has_room()) return;
  if (!db_.db().Resume().ok()) return;
  if (!space_.keep_ballast().ok()) return;
  full_disk_ = false;
  reason_.reset();
}

Error Health::write_failed(const rocksdb::Status& status) {
  const std::lock_guard lock(mutex_);
  Error error = to_error(status, "writing");
  if (error.code == Code::kStoreNoSpace) {
    full_disk_ = true;
    reason_ = error;
    space_.release_ballast();
    return error;
  }
  full_disk_ = false;
  reason_ = Error{Code::kStoreReadOnly, error.detail};
  return {Code::kStoreUnknownResult, std::move(error.detail)};
}

void Health::stop(Error reason) {
  const std::lock_guard lock(mutex_);
  full_disk_ = false;
  reason_ = Error{Code::kStoreReadOnly, std::move(reason.detail)};
}

std::uint64_t Health::free_bytes() {
  const std::lock_guard lock(mutex_);
  return space_.free_bytes().value_or(0);
}

}  // namespace comity::storage
