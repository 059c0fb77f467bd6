// SPDX-License-Identifier: EUPL-1.2
// The rare and long operations of RocksStore: checkpoint and compaction.
#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include "storage/check.h"
#include "storage/failpoint.h"
#include "storage/rocks/rocks_store.h"

namespace comity::storage {

using proto::Code;
using proto::Error;

proto::Status RocksStore::checkpoint(const std::string& path) {
  COMITY_TRY(const auto db, running());
  if (db->files().FileExists(path, {}, nullptr).ok()) return Error{Code::kStoreExists, path};
  COMITY_CHECK(sync());
  const Version at_least = durable_;
  rocksdb::Checkpoint* raw_checkpoint = nullptr;
  COMITY_CHECK(to_status(rocksdb::Checkpoint::Create(&db->db(), &raw_checkpoint), "preparing a checkpoint"));
  const std::unique_ptr<rocksdb::Checkpoint> made(raw_checkpoint);
  COMITY_CHECK(to_status(made->CreateCheckpoint(path), "writing the checkpoint " + path));
  COMITY_FAILPOINT("checkpoint.before_mark");
  return DurableMark::create(db->files(), path, {at_least, true});
}

proto::Status RocksStore::compact(const Range& range) {
  COMITY_TRY(const auto db, running());
  COMITY_CHECK(check_range(range.begin, range.end, tables_));
  const std::uint64_t views = db->open_views;
  // Out of the write buffers of all families: a log file goes only when none of them needs it any more.
  COMITY_CHECK(db->flush());
  COMITY_FAILPOINT("compact.after_flush");
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  options.allow_write_stall = true;
  const rocksdb::Slice begin = to_slice(range.begin);
  const rocksdb::Slice end = to_slice(range.end);
  COMITY_CHECK(
      to_status(db->db().CompactRange(options, db->handle_of(range.begin), &begin, &end), "compacting"));
  COMITY_FAILPOINT("compact.after_rewrite");
  // Deleting files is background work otherwise; switching it off and on does it before this call returns.
  COMITY_CHECK(to_status(db->db().DisableFileDeletions(), "compacting"));
  COMITY_CHECK(to_status(db->db().EnableFileDeletions(false), "removing replaced files"));
  // A removal that lies in no synced directory may be undone by a loss of power.
  std::unique_ptr<rocksdb::FSDirectory> directory;
  COMITY_CHECK(
      to_status(db->files().NewDirectory(db->path(), {}, &directory, nullptr), "opening " + db->path()));
  COMITY_CHECK(to_status(directory->Fsync({}, nullptr), "syncing " + db->path()));
  COMITY_FAILPOINT("compact.after_removal");
  if (views != 0) return Error{Code::kStoreViewsOpen, fmt::format("{} open", views)};
  return {};
}

}  // namespace comity::storage
