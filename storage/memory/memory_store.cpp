// SPDX-License-Identifier: EUPL-1.2
#include "storage/memory/memory_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "storage/changes.h"
#include "storage/check.h"

namespace comity::storage {
namespace {

using proto::Code;
using proto::Error;
using proto::raw;

class MemoryView final : public View {
 public:
  MemoryView(std::shared_ptr<MemoryDisk> disk, const Tables& tables, Version version)
      : disk_(std::move(disk)), tables_(tables), version_(version) {
    disk_->views.insert(version_);  // the caller holds the mutex
  }
  ~MemoryView() override {
    const std::lock_guard lock(disk_->mutex);
    disk_->views.erase(disk_->views.find(version_));
  }

  [[nodiscard]] proto::Result<Version> version() const override { return version_; }

  [[nodiscard]] proto::Result<std::optional<Bytes>> get(ByteView key) const override {
    COMITY_CHECK(check_read(key, tables_));
    const std::lock_guard lock(disk_->mutex);
    const Bytes* value = value_at(*disk_, key, version_);
    return value == nullptr ? std::optional<Bytes>() : std::optional<Bytes>(*value);
  }

  [[nodiscard]] proto::Result<std::vector<std::optional<Bytes>>> get_all(
      std::span<const Bytes> keys) const override {
    std::vector<std::optional<Bytes>> values;
    for (const Bytes& key : keys) {
      COMITY_TRY(auto value, get(key));
      values.push_back(std::move(value));
    }
    return values;
  }

  [[nodiscard]] proto::Status walk(const Range& range, bool reverse, const Visit& visit) const override {
    COMITY_CHECK(check_range(range.begin, range.end, tables_));
    Range rest = range;
    while (auto row = next(rest, reverse)) {
      if (!visit(row->key, row->value)) break;
      (reverse ? rest.end : rest.begin) = reverse ? row->key : key_after(row->key);
    }
    return {};
  }

 private:
  // One row at a time, so that the visitor runs without the lock.
  [[nodiscard]] std::optional<Row> next(const Range& range, bool reverse) const {
    const std::lock_guard lock(disk_->mutex);
    const auto begin = disk_->rows.lower_bound(range.begin);
    const auto end = disk_->rows.lower_bound(range.end);
    for (auto at = reverse ? end : begin; at != (reverse ? begin : end);) {
      if (reverse) --at;
      const Bytes* value = value_at(*disk_, at->first, version_);
      if (value != nullptr) return Row{at->first, *value};
      if (!reverse) ++at;
    }
    return std::nullopt;
  }

  const std::shared_ptr<MemoryDisk> disk_;
  const Tables tables_;
  const Version version_;
};

bool holds(const MemoryDisk& disk, const Guard& guard) {
  const Bytes* value = value_at(disk, guard.key, disk.latest);
  switch (guard.kind) {
    case Guard::Kind::kAbsent:
      return value == nullptr;
    case Guard::Kind::kPresent:
      return value != nullptr;
    case Guard::Kind::kEquals:
      return value != nullptr && proto::equal(*value, guard.value);
  }
  return false;
}

}  // namespace

proto::Result<std::unique_ptr<Store>> MemoryStore::open(std::shared_ptr<MemoryDisk> disk, Tables tables,
                                                        const MemoryOptions& options) {
  {
    const std::lock_guard lock(disk->mutex);
    if (disk->open) return Error{Code::kStoreLocked, "in memory"};
    disk->open = true;
  }
  return std::unique_ptr<Store>(new MemoryStore(std::move(disk), std::move(tables), options));
}

MemoryStore::MemoryStore(std::shared_ptr<MemoryDisk> disk, Tables tables, const MemoryOptions& options)
    : disk_(std::move(disk)),
      tables_(std::move(tables)),
      options_(options),
      clean_start_(disk_->clean),
      queue_(options.committer, options.queue_bytes,
             [this](std::span<const CommitQueue::Pending> group) { return write(group); }) {
  disk_->clean = false;
}

MemoryStore::~MemoryStore() {
  (void)MemoryStore::close();
}

proto::Result<std::unique_ptr<View>> MemoryStore::snapshot() {
  if (closed_) return Error{Code::kStoreClosing, {}};
  const std::lock_guard lock(disk_->mutex);
  return std::unique_ptr<View>(new MemoryView(disk_, tables_, disk_->latest));
}

void MemoryStore::submit(Batch batch, Durability durability, Completion done, WhenFull when_full) {
  if (auto within = check_batch(batch, tables_); !within.ok()) return done(within.error());
  queue_.submit({std::move(batch), durability, std::move(done)}, when_full);
}

std::vector<proto::Result<Version>> MemoryStore::write(std::span<const CommitQueue::Pending> group) {
  std::vector<proto::Result<Version>> results;
  const std::lock_guard lock(disk_->mutex);
  for (const auto& pending : group)
    results.push_back(write_one(pending));
  const bool synced = std::any_of(group.begin(), group.end(), [](const auto& pending) {
    return pending.durability == Durability::kSynced;
  });
  if (synced) disk_->durable = disk_->latest;
  if (raw(disk_->latest) > options_.changes_kept) trim(Version{raw(disk_->latest) - options_.changes_kept});
  groups_ += 1;
  return results;
}

proto::Result<Version> MemoryStore::write_one(const CommitQueue::Pending& pending) {
  const Batch& batch = pending.batch;
  for (const auto& [id, version] : disk_->recent_ids) {
    if (!id.is_zero() && id == batch.id()) return version;
  }
  for (std::size_t i = 0; i < batch.guard_count(); ++i) {
    const Guard guard = batch.guard(i);
    if (holds(*disk_, guard)) continue;
    ++refused_;
    return Error{Code::kStoreGuardFailed, describe_key(tables_, guard.key)};
  }
  const Version version{raw(disk_->latest) + 1};
  apply(*disk_, batch, version);
  disk_->changes[version] = change_of(batch, version, tables_);
  if (raw(disk_->first_change) == 0) disk_->first_change = version;
  disk_->recent_ids.emplace_back(batch.id(), version);
  if (disk_->recent_ids.size() > proto::bounds::kStoreRecentIds) disk_->recent_ids.pop_front();
  disk_->latest = version;
  ++batches_;
  return version;
}

proto::Status MemoryStore::sync() {
  if (closed_) return Error{Code::kStoreClosing, {}};
  const std::lock_guard lock(disk_->mutex);
  disk_->durable = disk_->latest;
  return {};
}

proto::Result<ChangePage> MemoryStore::changes(Version after, std::size_t limit, Shown shown) {
  if (closed_) return Error{Code::kStoreClosing, {}};
  if (limit == 0) return Error{Code::kStoreBounds, "a page of 0 batches"};
  const std::lock_guard lock(disk_->mutex);
  if (raw(after) + 1 < raw(disk_->first_change)) {
    return Error{Code::kStoreChangesTruncated, fmt::format("kept from {} on", raw(disk_->first_change))};
  }
  ChangePage page{{}, after, false, disk_->durable};
  const Version end = shown == Shown::kDurable ? disk_->durable : Version{~std::uint64_t{0}};
  std::size_t bytes = 0;
  for (auto at = disk_->changes.upper_bound(after); at != disk_->changes.end() && at->first <= end; ++at) {
    const Change& change = at->second;
    if (!change.keys.empty()) {
      if (page.batches.size() == limit || bytes > proto::bounds::kStorePageBytes) {
        page.more = true;
        break;
      }
      for (const ChangedKey& key : change.keys)
        bytes += key.key.size() + key.end.size();
      page.batches.push_back(change);
    }
    page.upto = at->first;
  }
  return page;
}

void MemoryStore::trim(Version upto) {
  // The last batch stays, as in an adapter that reads its version there.
  const Version most{std::min(raw(upto), raw(disk_->durable) == 0 ? 0 : raw(disk_->durable) - 1)};
  disk_->changes.erase(disk_->changes.begin(), disk_->changes.upper_bound(most));
  disk_->first_change = Version{std::max(raw(disk_->first_change), raw(most) + 1)};
}

proto::Status MemoryStore::trim_changes(Version upto) {
  if (closed_) return Error{Code::kStoreClosing, {}};
  const std::lock_guard lock(disk_->mutex);
  if (raw(disk_->first_change) != 0) trim(upto);
  return {};
}

proto::Status MemoryStore::checkpoint(const std::string& path) {
  if (closed_) return Error{Code::kStoreClosing, {}};
  const std::lock_guard lock(disk_->mutex);
  if (disk_->checkpoints.contains(path)) return Error{Code::kStoreExists, path};
  auto copy = std::make_shared<MemoryDisk>();
  copy->rows = disk_->rows;
  copy->changes = disk_->changes;
  copy->recent_ids = disk_->recent_ids;
  copy->latest = disk_->latest;
  copy->durable = disk_->durable = disk_->latest;
  copy->first_change = disk_->first_change;
  disk_->checkpoints[path] = std::move(copy);
  return {};
}

proto::Result<Verified> MemoryStore::verify(Depth depth, const Verifying& verifying) {
  COMITY_TRY(const auto view, snapshot());
  Verified verified;
  if (depth == Depth::kChecksums) return verified;
  for (const TableInfo& table : tables_.all()) {
    const Bytes prefix{std::byte{table.prefix}};
    if (!check_read(prefix, tables_).ok()) continue;
    COMITY_CHECK(view->walk(prefix_range(prefix), false, [&](ByteView key, ByteView value) {
      ++verified.rows;
      verified.bytes += key.size() + value.size();
      auto sound = table.check_key(key);
      if (sound.ok() && verifying.check) sound = verifying.check(table, key, value);
      if (sound.ok()) return true;
      ++verified.damages;
      if (verifying.found)
        verifying.found({std::string(table.name), proto::to_bytes(key), {}, sound.error()});
      return verified.damages < verifying.most;
    }));
  }
  if (verifying.progress) verifying.progress(verified.rows);
  return verified;
}

proto::Status MemoryStore::compact(const Range& range) {
  if (closed_) return Error{Code::kStoreClosing, {}};
  COMITY_CHECK(check_range(range.begin, range.end, tables_));
  const std::lock_guard lock(disk_->mutex);
  disk_->durable = disk_->latest;
  forget_history(*disk_);
  if (!disk_->views.empty()) return Error{Code::kStoreViewsOpen, fmt::format("{} open", disk_->views.size())};
  return {};
}

Stats MemoryStore::stats() {
  const std::lock_guard lock(disk_->mutex);
  Stats stats;
  stats.version = disk_->latest;
  stats.durable = disk_->durable;
  stats.first_change = disk_->first_change;
  for (const auto& [key, history] : disk_->rows) {
    if (std::prev(history.end())->second) ++stats.rows;
    for (const auto& [version, value] : history)
      stats.memory_bytes += key.size() + (value ? value->size() : 0);
  }
  stats.batches = batches_;
  stats.groups = groups_;
  stats.refused = refused_;
  stats.waiting_bytes = queue_.waiting_bytes();
  stats.views = disk_->views.size();
  stats.clean_start = clean_start_;
  return stats;
}

proto::Status MemoryStore::close() {
  if (closed_.exchange(true)) return {};
  queue_.close();
  const std::lock_guard lock(disk_->mutex);
  if (!disk_->open) return {};  // it crashed under us
  disk_->durable = disk_->latest;
  disk_->open = false;
  disk_->clean = true;
  return {};
}

}  // namespace comity::storage
