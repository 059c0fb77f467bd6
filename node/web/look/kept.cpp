// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/kept.h"

#include <utility>

namespace comity::web {

Piece Kept::find(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return nullptr;
  newest_first_.splice(newest_first_.begin(), newest_first_, known->second);
  return known->second->piece;
}

void Kept::put(std::string key, Piece piece) {
  One one{std::move(key), std::move(piece)};
  const std::size_t size = one.bytes();
  const std::lock_guard lock(mutex_);
  if (size > most_ || by_key_.contains(one.key)) return;
  newest_first_.push_front(std::move(one));
  by_key_.emplace(newest_first_.front().key, newest_first_.begin());
  bytes_ += size;
  while (bytes_ > most_)
    drop_oldest();
}

std::size_t Kept::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t Kept::pieces() const {
  const std::lock_guard lock(mutex_);
  return newest_first_.size();
}

void Kept::drop_oldest() {
  const One& oldest = newest_first_.back();
  bytes_ -= oldest.bytes();
  by_key_.erase(oldest.key);
  newest_first_.pop_back();
}

}  // namespace comity::web
