// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/recent.h"

#include <cstring>

namespace comity::feed {
namespace {

// Rows of the tables, shared pointers, and the allocations of a header.
constexpr std::size_t kOverhead = 1024;
// Rows of what was forgotten or put anew, before they are looked for.
constexpr std::size_t kStaleRows = 1024;

std::size_t bytes_of(const RecentEntry& entry) {
  return entry.stored.bytes.capacity() + entry.body.capacity() + kOverhead;
}

}  // namespace

std::size_t Recent::Hash::operator()(const Place& place) const noexcept {
  // A feed id is a hash already.
  std::uint64_t start = 0;
  std::memcpy(&start, place.feed.view().data(), sizeof(start));
  return static_cast<std::size_t>(start ^ (raw(place.seq) * 0x9e3779b97f4a7c15U));
}

void Recent::drop_oldest() {
  const auto [place, age] = order_.front();
  order_.pop_front();
  const auto at = entries_.find(place);
  if (at == entries_.end() || at->second.age != age) return;
  bytes_ -= at->second.bytes;
  entries_.erase(at);
}

void Recent::put(std::shared_ptr<const RecentEntry> entry, std::shared_ptr<const v1::Content> content) {
  const Place place{entry->stored.header.feed, entry->stored.header.seq};
  std::size_t bytes = bytes_of(*entry);
  if (content) bytes += content->SpaceUsedLong();
  if (bytes > most_bytes_) return;
  const std::lock_guard lock(mutex_);
  Kept& kept = entries_[place];
  bytes_ -= kept.bytes;
  kept = {std::move(entry), std::move(content), bytes, ++next_age_};
  bytes_ += bytes;
  order_.emplace_back(place, kept.age);
  while (bytes_ > most_bytes_)
    drop_oldest();
  if (order_.size() <= 2 * entries_.size() + kStaleRows) return;
  std::erase_if(order_, [this](const auto& row) {
    const auto at = entries_.find(row.first);
    return at == entries_.end() || at->second.age != row.second;
  });
}

void Recent::forget(const FeedId& feed, Seq first, Seq last) {
  const std::lock_guard lock(mutex_);
  for (Seq seq = first; seq <= last; seq = next(seq)) {
    const auto at = entries_.find({feed, seq});
    if (at == entries_.end()) continue;
    bytes_ -= at->second.bytes;
    entries_.erase(at);
  }
}

std::shared_ptr<const RecentEntry> Recent::find(const FeedId& feed, Seq seq) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find({feed, seq});
  return at == entries_.end() ? nullptr : at->second.entry;
}

void Recent::put_content(const EntryId& id, const FeedId& feed, Seq seq,
                         std::shared_ptr<const v1::Content> content) {
  const std::size_t bytes = content->SpaceUsedLong();
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find({feed, seq});
  if (at == entries_.end() || at->second.content || at->second.entry->stored.header.id != id) return;
  at->second.content = std::move(content);
  at->second.bytes += bytes;
  bytes_ += bytes;
  while (bytes_ > most_bytes_)
    drop_oldest();
}

std::shared_ptr<const v1::Content> Recent::content(const EntryId& id, const FeedId& feed, Seq seq) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find({feed, seq});
  if (at == entries_.end() || at->second.entry->stored.header.id != id) return nullptr;
  return at->second.content;
}

std::size_t Recent::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace comity::feed
