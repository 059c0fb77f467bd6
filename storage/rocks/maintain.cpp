// SPDX-License-Identifier: EUPL-1.2
// The rare and long operations of RocksStore: checkpoint and compaction.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include "storage/check.h"
#include "storage/failpoint.h"
#include "storage/rocks/rocks_store.h"

namespace comity::storage {

using proto::Code;
using proto::Error;

namespace {

/// The number in "000123.sst"; nothing for other endings.
std::optional<std::uint64_t> number_of(const std::string& name, std::string_view ending) {
  if (!name.ends_with(ending)) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || std::string_view(end) != ending) return std::nullopt;
  return number;
}

/// Removes table files that no version holds and logs that no family needs. RocksDB does so in the
/// background, after this call for what another thread of it has taken on, and overlooks what a killed
/// process left behind until its numbers are used up.
proto::Status remove_orphans(RocksDb& db) {
  std::vector<rocksdb::LiveFileMetaData> live;
  db.db().GetLiveFilesMetaData(&live);
  std::uint64_t first_log = 0;
  if (!db.db().GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &first_log)) first_log = 0;
  std::vector<std::string> names;
  COMITY_CHECK(to_status(db.files().GetChildren(db.path(), {}, &names, nullptr), "listing " + db.path()));
  for (const std::string& name : names) {
    const auto table = number_of(name, ".sst");
    const auto log = number_of(name, ".log");
    const bool is_live =
        table && std::ranges::any_of(live, [&](const auto& file) { return file.name == "/" + name; });
    const bool orphan = (table && !is_live) || (log && *log < first_log);
    if (!orphan) continue;
    const auto removed = db.files().DeleteFile(db.path() + "/" + name, {}, nullptr);
    // Whoever else was about to remove it may have been quicker.
    if (!removed.IsNotFound() && !removed.IsPathNotFound())
      COMITY_CHECK(to_status(removed, "removing " + name));
  }
  std::unique_ptr<rocksdb::FSDirectory> directory;
  COMITY_CHECK(
      to_status(db.files().NewDirectory(db.path(), {}, &directory, nullptr), "opening " + db.path()));
  return to_status(directory->Fsync({}, nullptr), "syncing " + db.path());
}

}  // namespace

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
  if (views != 0) return Error{Code::kStoreViewsOpen, fmt::format("{} open", views)};
  // Nothing that is still being written may be taken for an orphan.
  COMITY_CHECK(to_status(db->db().PauseBackgroundWork(), "pausing"));
  const proto::Status removed = remove_orphans(*db);
  COMITY_CHECK(to_status(db->db().ContinueBackgroundWork(), "going on"));
  COMITY_FAILPOINT("compact.after_removal");
  return removed;
}

}  // namespace comity::storage
