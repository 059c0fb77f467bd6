// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "storage/failpoint.h"
#include "storage/own_tables.h"
#include "storage/rocks/opened.h"

namespace comity::storage {
namespace {

using proto::Code;
using proto::Error;
using proto::raw;

// Lies in the directory while a store is being created: what such a directory holds was never used, and the
// next creation begins anew.
constexpr std::string_view kCreatingName = "CREATING";

constexpr int kFewFiles = 64;  // open at a time while only looking

enum class Found : std::uint8_t { kNothing, kUnfinished, kStore };

struct Place {
  rocksdb::Env& env;
  rocksdb::FileSystem& files;
  std::string path;

  Place(std::string directory, const RocksOptions& options)
      : env(options.env == nullptr ? *rocksdb::Env::Default() : *options.env),
        files(*env.GetFileSystem()),
        path(std::move(directory)) {}

  [[nodiscard]] std::string file(std::string_view name) const { return path + "/" + std::string(name); }
  [[nodiscard]] bool has(std::string_view name) const {
    return files.FileExists(file(name), {}, nullptr).ok();
  }
};

bool is_table_or_manifest(const std::string& name) {
  return name.ends_with(".sst") || name.starts_with("MANIFEST-");
}

proto::Result<Found> look(const Place& place) {
  std::vector<std::string> names;
  const auto listed = place.files.GetChildren(place.path, {}, &names, nullptr);
  if (listed.IsPathNotFound() || listed.IsNotFound()) return Found::kNothing;
  COMITY_CHECK(to_status(listed, "reading the directory " + place.path));
  if (place.has(kCreatingName)) return Found::kUnfinished;
  if (place.has("CURRENT")) return Found::kStore;
  if (std::any_of(names.begin(), names.end(), is_table_or_manifest)) {
    return Error{Code::kStoreIncomplete, place.file("CURRENT") + " is missing"};
  }
  std::erase_if(names, [](const std::string& name) {
    return name == "." || name == ".." || name == "LOCK" || name == "LOG" || name.starts_with("LOG.old");
  });
  if (!names.empty())
    return Error{Code::kStoreForeign, fmt::format("{} holds {}", place.path, names.front())};
  return Found::kNothing;
}

/// Tells a running owner from all other trouble before anything is read.
proto::Status check_lock(const Place& place) {
  rocksdb::FileLock* lock = nullptr;
  COMITY_CHECK(to_status(place.files.LockFile(place.file("LOCK"), {}, &lock, nullptr), place.path));
  return to_status(place.files.UnlockFile(lock, {}, nullptr), place.path);
}

proto::Status create_file(const Place& place, std::string_view name) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const std::string full = place.file(name);
  COMITY_CHECK(to_status(place.files.NewWritableFile(full, {}, &file, nullptr), "creating " + full));
  COMITY_CHECK(to_status(file->Fsync({}, nullptr), "syncing " + full));
  return to_status(file->Close({}, nullptr), "closing " + full);
}

proto::Status sync_directory(const Place& place) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  COMITY_CHECK(
      to_status(place.files.NewDirectory(place.path, {}, &directory, nullptr), "opening " + place.path));
  return to_status(directory->Fsync({}, nullptr), "syncing " + place.path);
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(const RocksSetup& setup) {
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (std::size_t i = 0; i < kFamilies; ++i)
    out.emplace_back(std::string(kFamilyNames[i]), setup.families[i]);
  return out;
}

proto::Result<std::shared_ptr<RocksDb>> open_db(const Place& place, const RocksOptions& options,
                                                Tables tables, bool create) {
  RocksSetup setup = make_setup(options, &tables);
  setup.db.create_if_missing = create;
  setup.db.create_missing_column_families = create;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const auto status =
      rocksdb::DB::Open(rocksdb::DBOptions(setup.db), place.path, descriptors(setup), &handles, &db);
  COMITY_CHECK(to_status(status, "opening " + place.path));
  return std::make_shared<RocksDb>(std::unique_ptr<rocksdb::DB>(db), std::move(handles), std::move(setup),
                                   std::move(tables), place.path);
}

/// Creates a database without rows, and its mark.
proto::Status create_empty(const Place& place, const RocksOptions& options, const Tables& tables) {
  {
    COMITY_TRY(const auto db, open_db(place, options, tables, true));
    COMITY_CHECK(db->flush());
  }
  COMITY_FAILPOINT("create.after_db");
  return DurableMark::create(place.files, place.path, {Version{0}, true});
}

proto::Status remove_unfinished(const Place& place, const RocksOptions& options) {
  rocksdb::Options destroy;
  destroy.env = &place.env;
  std::vector<rocksdb::ColumnFamilyDescriptor> families = descriptors(make_setup(options));
  return to_status(rocksdb::DestroyDB(place.path, destroy, families),
                   "removing what an interrupted creation left");
}

/// Whether the column families are ours. Reads the manifest only.
proto::Status check_families(const Place& place) {
  rocksdb::DBOptions options;
  options.env = &place.env;
  std::vector<std::string> names;
  COMITY_CHECK(
      to_status(rocksdb::DB::ListColumnFamilies(options, place.path, &names), "opening " + place.path));
  const std::set<std::string_view> ours(kFamilyNames.begin(), kFamilyNames.end());
  std::size_t known = 0;
  std::string other;
  for (const std::string& name : names) {
    if (ours.contains(name)) {
      ++known;
    } else {
      other = name;
    }
  }
  if (known < kFamilies) return Error{Code::kStoreForeign, place.path + " is a database of something else"};
  if (!other.empty()) {
    return Error{Code::kStoreNewerSchema, fmt::format("{} has the column family '{}'", place.path, other)};
  }
  return {};
}

/// Whether the content reaches as far as what was acknowledged. Looks without changing anything, since
/// opening for writing lets go of what the log seems to lack. The change stream alone tells, so only it is
/// read.
proto::Status check_reach(const Place& place, const RocksOptions& options, Version acknowledged) {
  RocksSetup setup = make_setup(options);
  setup.db.max_open_files = kFewFiles;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const Family family : {Family::kRows, Family::kChanges}) {
    const auto at = static_cast<std::size_t>(family);
    families.emplace_back(std::string(kFamilyNames[at]), setup.families[at]);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  COMITY_CHECK(to_status(rocksdb::DB::OpenForReadOnly(setup.db, place.path, families, &handles, &opened),
                         "reading " + place.path));
  const std::unique_ptr<rocksdb::DB> db(opened);
  const auto last = last_version(*db, handles.back(), {});
  for (auto* handle : handles)
    (void)db->DestroyColumnFamilyHandle(handle);
  if (!last.ok()) return last.error();
  if (*last >= acknowledged) return {};
  return Error{
      Code::kStoreCorrupt,
      fmt::format("{}: batches {} to {} were acknowledged and are gone; a log or table file is damaged or of "
                  "another copy",
                  place.path, raw(*last) + 1, raw(acknowledged))};
}

/// The process that wrote a log may have died before it synced the end, and what was recovered from there
/// counts as durable from now on.
proto::Status sync_logs(const Place& place) {
  std::vector<std::string> names;
  COMITY_CHECK(to_status(place.files.GetChildren(place.path, {}, &names, nullptr), "reading " + place.path));
  for (const std::string& name : names) {
    if (!name.ends_with(".log")) continue;
    std::unique_ptr<rocksdb::FSRandomRWFile> file;
    const std::string full = place.file(name);
    COMITY_CHECK(to_status(place.files.NewRandomRWFile(full, {}, &file, nullptr), "opening " + full));
    COMITY_CHECK(to_status(file->Fsync({}, nullptr), "syncing " + full));
    COMITY_CHECK(to_status(file->Close({}, nullptr), "closing " + full));
  }
  return {};
}

/// Versions and ids by the change stream, from its end.
proto::Status read_stream(const RocksDb& db, Version& first, RecentIds& ids) {
  const std::unique_ptr<rocksdb::Iterator> at(db.db().NewIterator({}, db.handle(Family::kChanges)));
  const auto row = [&]() -> proto::Result<std::vector<Change>> {
    COMITY_TRY(const auto key, kChangesTable.parse(to_view(at->key())));
    return decode_changes(to_view(at->value()), std::get<0>(key));
  };
  std::vector<Change> latest;  // newest first
  for (at->SeekToLast(); at->Valid() && latest.size() < proto::bounds::kStoreRecentIds; at->Prev()) {
    COMITY_TRY(auto batches, row());
    for (auto batch = batches.rbegin(); batch != batches.rend(); ++batch) {
      latest.push_back({batch->version, batch->id, {}});
    }
  }
  COMITY_CHECK(to_status(at->status(), "changes"));
  for (auto change = latest.rbegin(); change != latest.rend(); ++change)
    ids.add(change->id, change->version);
  at->SeekToFirst();
  COMITY_CHECK(to_status(at->status(), "changes"));
  if (at->Valid()) {
    COMITY_TRY(const auto batches, row());
    first = batches.front().version;
  }
  return {};
}

}  // namespace

proto::Result<std::unique_ptr<Store>> RocksStore::create(const std::string& path, Tables tables,
                                                         const RocksOptions& options, const Stamp& stamp) {
  const Place place(path, options);
  COMITY_TRY(const Found found, look(place));
  if (found != Found::kNothing) COMITY_CHECK(check_lock(place));
  if (found == Found::kStore) return Error{Code::kStoreExists, path};
  if (found == Found::kUnfinished) COMITY_CHECK(remove_unfinished(place, options));
  COMITY_CHECK(to_status(place.env.CreateDirIfMissing(path), "creating " + path));
  COMITY_CHECK(create_file(place, kCreatingName));
  COMITY_CHECK(sync_directory(place));
  COMITY_FAILPOINT("create.before_db");
  COMITY_CHECK(create_empty(place, options, tables));
  COMITY_FAILPOINT("create.after_mark");
  COMITY_TRY(auto store, open_found(path, std::move(tables), options));
  COMITY_CHECK(stamp_store(*store, stamp));
  COMITY_FAILPOINT("create.after_stamp");
  const std::string marker = place.file(kCreatingName);
  COMITY_CHECK(to_status(place.files.DeleteFile(marker, {}, nullptr), "removing " + marker));
  COMITY_CHECK(sync_directory(place));
  return store;
}

proto::Result<std::unique_ptr<Store>> RocksStore::open(const std::string& path, Tables tables,
                                                       const RocksOptions& options) {
  const Place place(path, options);
  COMITY_TRY(const Found found, look(place));
  if (found != Found::kNothing) COMITY_CHECK(check_lock(place));
  if (found == Found::kNothing) return Error{Code::kStoreMissing, path};
  if (found == Found::kUnfinished) return Error{Code::kStoreMissing, path + ": its creation was interrupted"};
  COMITY_CHECK(check_families(place));
  return open_found(path, std::move(tables), options);
}

proto::Result<std::unique_ptr<Store>> RocksStore::open_found(const std::string& path, Tables tables,
                                                             const RocksOptions& options) {
  const Place place(path, options);
  Opened opened;
  DurableMark::Content mark;
  auto read = DurableMark::read(place.files, path);
  if (read.ok()) {
    mark = *read;
  } else if (read.error().code == Code::kStoreCorrupt) {
    opened.mark_damaged = true;
  } else {
    return read.error();
  }
  Space space(place.files, path, options.ballast_bytes, options.reserve_bytes);
  COMITY_CHECK(space.make_way());
  COMITY_CHECK(check_reach(place, options, mark.version));
  COMITY_TRY(opened.db, open_db(place, options, std::move(tables), false));
  COMITY_FAILPOINT("open.after_db");
  COMITY_TRY(opened.last, last_version(opened.db->db(), opened.db->handle(Family::kChanges), {}));
  COMITY_CHECK(read_stream(*opened.db, opened.first_change, opened.ids));
  opened.clean = mark.clean;
  COMITY_TRY(opened.mark, DurableMark::open(place.files, path));
  if (!mark.clean) COMITY_CHECK(sync_logs(place));
  COMITY_CHECK(opened.mark->write({opened.last, false}, true));
  COMITY_FAILPOINT("open.after_mark");
  if (space.has_room()) {
    auto kept = space.keep_ballast();
    if (!kept.ok() && kept.error().code != Code::kStoreNoSpace) return kept.error();
  }
  return std::unique_ptr<Store>(new RocksStore(std::move(opened), options));
}

}  // namespace comity::storage
