// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/rocks_store.h"

#include <algorithm>

#include "storage/check.h"
#include "storage/failpoint.h"
#include "storage/own_tables.h"
#include "storage/rocks/opened.h"
#include "storage/rocks/view.h"

namespace comity::storage {

using proto::Code;
using proto::Error;
using proto::raw;

namespace {

// Up to this size, and while the disk answers within this time, a batch is written on the thread that brings
// it: two hand-overs between threads take 0.1 to 0.15 ms. A thread that serves connections must not be held
// up by a slow disk, nor by the encoding of large batches; after one slow write the committer's own thread
// goes on until one was quick again.
constexpr std::size_t kBriefBytes = std::size_t{32} * 1024;
constexpr std::uint64_t kQuickNanos = 1'000'000;

}  // namespace

RocksStore::RocksStore(Opened opened, const RocksOptions& options)
    : tables_(opened.db->tables()),
      changes_kept_(std::max<std::size_t>(options.changes_kept, 1)),
      clean_start_(opened.clean),
      mark_damaged_(opened.mark_damaged),
      db_(std::move(opened.db)),
      health_(*db_, Space(db_->files(), db_->path(), options.ballast_bytes, options.reserve_bytes)),
      mark_(std::move(opened.mark)),
      ids_(std::move(opened.ids)),
      version_(opened.last),
      durable_(opened.last),
      marked_(opened.last),
      first_change_(opened.first_change),
      queue_(std::make_unique<CommitQueue>(
          options.committer, options.queue_bytes,
          [this](std::span<const CommitQueue::Pending> group) { return write(group); },
          [this] { write_mark(); },
          [this](const CommitQueue::Pending& pending) {
            return quick_ && pending.durability == Durability::kSynced &&
                   pending.batch.bytes() <= kBriefBytes;
          })) {}

RocksStore::~RocksStore() {
  (void)RocksStore::close();
}

proto::Result<std::shared_ptr<RocksDb>> RocksStore::running() const {
  const std::lock_guard lock(db_mutex_);
  if (db_ == nullptr || closing_) return Error{Code::kStoreClosing, {}};
  return db_;
}

proto::Result<std::unique_ptr<View>> RocksStore::snapshot() {
  COMITY_TRY(auto db, running());
  return std::unique_ptr<View>(new RocksView(std::move(db)));
}

void RocksStore::submit(Batch batch, Durability durability, Completion done, WhenFull when_full) {
  if (auto within = check_batch(batch, tables_); !within.ok()) return done(within.error());
  queue_->submit({std::move(batch), durability, std::move(done)}, when_full);
}

std::vector<proto::Result<Version>> RocksStore::write(std::span<const CommitQueue::Pending> group) {
  const std::lock_guard lock(write_mutex_);
  if (const auto refusal = health_.refusal()) {
    refused_ += group.size();
    return {group.size(), proto::Result<Version>(*refusal)};
  }
  return write_healthy(group);
}

std::vector<proto::Result<Version>> RocksStore::write_healthy(std::span<const CommitQueue::Pending> pending) {
  const Version before = version_;
  Group group(*db_, ids_, before);
  std::vector<proto::Result<Version>> results;
  results.reserve(pending.size());
  Version synced_upto{};
  for (const auto& one : pending) {
    results.push_back(group.add(one.batch));
    if (!results.back().ok()) {
      ++refused_;
    } else if (one.durability == Durability::kSynced) {
      synced_upto = std::max(synced_upto, results.back().value());
    }
  }
  const bool synced = synced_upto > durable_.load();
  const auto written =
      group.empty() ? (synced ? sync_locked() : proto::Status()) : write_group(group, synced);
  if (written.ok()) return results;
  ids_.forget_from(Version{raw(before) + 1});
  for (auto& result : results) {
    if (result.ok() && (result.value() > before || result.value() > durable_.load()))
      result = written.error();
  }
  return results;
}

proto::Status RocksStore::write_group(Group& group, bool synced) {
  COMITY_FAILPOINT("commit.before_write");
  rocksdb::WriteOptions options;
  options.sync = synced;
  auto* const clock = db_->setup().db.env;
  const std::uint64_t began = clock->NowNanos();
  const auto status = db_->db().Write(options, &group.finish());
  if (synced) quick_ = clock->NowNanos() - began < kQuickNanos;
  if (!status.ok()) {
    ++refused_;
    return health_.write_failed(status);
  }
  COMITY_FAILPOINT("commit.after_write");
  const std::uint64_t batches = raw(group.last()) - raw(version_.load());
  if (raw(first_change_.load()) == 0) first_change_ = Version{raw(version_.load()) + 1};
  version_ = group.last();
  batches_ += batches;
  ++groups_;
  if (synced) durable_ = group.last();
  COMITY_FAILPOINT("commit.before_answer");
  // A sixteenth more than is kept, so that trimming is rare.
  if (raw(group.last()) - raw(first_change_.load()) > changes_kept_ + changes_kept_ / 16) {
    const auto trimmed = trim_locked(Version{raw(group.last()) - changes_kept_});
    if (!trimmed.ok()) health_.stop(trimmed.error());
  }
  return {};
}

// What was acknowledged is durable whatever becomes of the mark, so nobody waits for it; but a disk that
// fails here is not written to again.
void RocksStore::write_mark() {
  const std::lock_guard lock(write_mutex_);
  write_mark_locked();
}

void RocksStore::write_mark_locked() {
  if (mark_ == nullptr || marked_ == durable_.load()) return;
  marked_ = durable_;
  const auto written = mark_->write({marked_, false}, false);
  if (!written.ok()) health_.stop(written.error());
  COMITY_FAILPOINT("commit.after_mark");
}

proto::Status RocksStore::sync_locked() {
  const Version upto = version_;
  // SyncWAL() refuses file systems whose files are not made for several threads, such as the one in memory. A
  // synced write of nothing does the same work.
  rocksdb::WriteBatch nothing;
  rocksdb::WriteOptions options;
  options.sync = true;
  auto status = nothing.PutLogData("sync");
  if (status.ok()) status = db_->db().Write(options, &nothing);
  if (!status.ok()) return health_.write_failed(status);
  durable_ = upto;
  return {};
}

proto::Status RocksStore::sync() {
  const std::lock_guard lock(write_mutex_);
  COMITY_TRY(const auto db, running());
  if (const auto refusal = health_.refusal()) return *refusal;
  COMITY_CHECK(sync_locked());
  write_mark_locked();
  return {};
}

proto::Result<ChangePage> RocksStore::changes(Version after, std::size_t limit, Shown shown) {
  COMITY_TRY(const auto db, running());
  if (limit == 0) return Error{Code::kStoreBounds, "a page of 0 batches"};
  const Version durable = durable_;
  const Version last = shown == Shown::kDurable ? durable : version_.load();
  const Version first = first_change_;
  if (raw(after) + 1 < raw(first)) {
    return Error{Code::kStoreChangesTruncated, "kept from " + std::to_string(raw(first)) + " on"};
  }
  ChangePage page{{}, after, false, durable};
  if (after >= last) return page;
  const std::unique_ptr<rocksdb::Iterator> at(db->db().NewIterator({}, db->handle(Family::kChanges)));
  std::size_t bytes = 0;
  for (at->Seek(to_slice(kChangesTable.key(Version{raw(after) + 1}))); at->Valid(); at->Next()) {
    COMITY_TRY(const auto key, kChangesTable.parse(to_view(at->key())));
    COMITY_TRY(auto batches, decode_changes(to_view(at->value()), std::get<0>(key)));
    if (batches.front().version > Version{raw(page.upto) + 1}) break;  // the gap is reported below
    for (Change& change : batches) {
      if (change.version <= page.upto) continue;
      if (change.version > last) return page;
      if (!change.keys.empty()) {
        page.more = page.batches.size() == limit || bytes > proto::bounds::kStorePageBytes;
        if (page.more) return page;
        for (const ChangedKey& changed : change.keys)
          bytes += changed.key.size() + changed.end.size();
        page.batches.push_back(std::move(change));
      }
      page.upto = change.version;
    }
  }
  COMITY_CHECK(to_status(at->status(), "changes"));
  if (page.upto >= last) return page;
  return Error{Code::kStoreCorrupt, "changes: nothing after version " + std::to_string(raw(page.upto))};
}

proto::Status RocksStore::trim_locked(Version upto) {
  // The last row stays: it tells the version of the store. Rows are whole groups, so one may begin earlier.
  if (raw(version_.load()) == 0) return {};
  const Version most = std::min(upto, Version{raw(version_.load()) - 1});
  if (raw(most) < raw(first_change_.load())) return {};
  COMITY_FAILPOINT("changes.before_trim");
  const auto status =
      db_->db().DeleteRange({}, db_->handle(Family::kChanges), to_slice(kChangesTable.key(Version{0})),
                            to_slice(kChangesTable.key(Version{raw(most) + 1})));
  COMITY_CHECK(to_status(status, "trimming the change stream"));
  first_change_ = Version{raw(most) + 1};
  COMITY_FAILPOINT("changes.after_trim");
  return {};
}

proto::Status RocksStore::trim_changes(Version upto) {
  const std::lock_guard lock(write_mutex_);
  COMITY_TRY(const auto db, running());
  if (const auto refusal = health_.refusal()) return *refusal;
  return trim_locked(upto);
}

Stats RocksStore::stats() {
  Stats stats;
  stats.version = version_;
  stats.durable = durable_;
  stats.first_change = first_change_;
  stats.batches = batches_;
  stats.groups = groups_;
  stats.refused = refused_;
  stats.waiting_bytes = queue_->waiting_bytes();
  stats.clean_start = clean_start_;
  const auto db = running();
  if (!db.ok()) return stats;
  stats.read_only = health_.refusal();
  stats.free_bytes = health_.free_bytes();
  stats.views = (*db)->open_views;
  stats.memory_bytes = (*db)->setup().cache->GetUsage();
  for (const Family family : {Family::kRows, Family::kBodies, Family::kKeys}) {
    std::uint64_t rows = 0;
    if ((*db)->db().GetIntProperty((*db)->handle(family), rocksdb::DB::Properties::kEstimateNumKeys, &rows)) {
      stats.rows += rows;
    }
  }
  std::vector<rocksdb::Env::FileAttributes> files;
  if ((*db)->setup().db.env->GetChildrenFileAttributes((*db)->path(), &files).ok()) {
    for (const auto& file : files)
      stats.disk_bytes += file.size_bytes;
  }
  return stats;
}

proto::Status RocksStore::close() {
  if (closing_.exchange(true)) return {};
  queue_->close();
  const std::lock_guard lock(write_mutex_);
  proto::Status result;
  COMITY_FAILPOINT("close.before_sync");
  if (const auto refusal = health_.refusal()) {
    result = *refusal;
  } else {
    result = sync_locked();
    if (result.ok()) result = db_->flush();
    COMITY_FAILPOINT("close.before_mark");
    if (result.ok()) result = mark_->write({version_, true}, true);
    COMITY_FAILPOINT("close.after_mark");
  }
  mark_.reset();
  const std::lock_guard pointer_lock(db_mutex_);
  db_.reset();
  return result;
}

}  // namespace comity::storage
