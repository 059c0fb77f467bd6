// SPDX-License-Identifier: EUPL-1.2
#include "test/support/crash_fs.h"

#include <algorithm>

namespace comity::test {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// RocksDB joins paths with a slash too many here and there.
std::string plain(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  }
  return out;
}

std::string directory_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

class CrashWritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CrashWritableFile(std::unique_ptr<rocksdb::FSWritableFile> target, CrashFs& files, std::string name)
      : FSWritableFileOwnerWrapper(std::move(target)), files_(files), name_(std::move(name)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    auto status = files_.before_change(data.size());
    if (status.ok()) status = FSWritableFileOwnerWrapper::Append(data, options, debug);
    if (status.ok()) files_.appended(name_, data.size());
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& /*info*/,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    auto status = files_.before_change(0);
    if (status.ok()) status = FSWritableFileOwnerWrapper::Truncate(size, options, debug);
    if (status.ok()) files_.truncated(name_, size);
    return status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    auto status = files_.before_sync();
    if (status.ok()) status = FSWritableFileOwnerWrapper::Sync(options, debug);
    if (status.ok()) files_.synced(name_);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }

 private:
  CrashFs& files_;
  const std::string name_;
};

class CrashRandomRWFile final : public rocksdb::FSRandomRWFileOwnerWrapper {
 public:
  CrashRandomRWFile(std::unique_ptr<rocksdb::FSRandomRWFile> target, CrashFs& files, std::string name)
      : FSRandomRWFileOwnerWrapper(std::move(target)), files_(files), name_(std::move(name)) {}

  IOStatus Write(std::uint64_t offset, const Slice& data, const IOOptions& options,
                 IODebugContext* debug) override {
    auto status = files_.before_change(0);
    if (!status.ok()) return status;
    files_.before_overwrite(name_);
    return FSRandomRWFileOwnerWrapper::Write(offset, data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    auto status = files_.before_sync();
    if (status.ok()) status = FSRandomRWFileOwnerWrapper::Sync(options, debug);
    if (status.ok()) files_.synced(name_);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return Sync(options, debug); }

 private:
  CrashFs& files_;
  const std::string name_;
};

class CrashDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  CrashDirectory(std::unique_ptr<rocksdb::FSDirectory> target, CrashFs& files, std::string name)
      : FSDirectoryWrapper(std::move(target)), files_(files), name_(std::move(name)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    auto status = files_.before_sync();
    if (status.ok()) status = FSDirectoryWrapper::Fsync(options, debug);
    if (status.ok()) files_.directory_synced(name_);
    return status;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& /*which*/) override {
    return Fsync(options, debug);
  }

 private:
  CrashFs& files_;
  const std::string name_;
};

}  // namespace

CrashFs::CrashFs(std::shared_ptr<rocksdb::FileSystem> target, std::function<std::uint64_t()> next)
    : FileSystemWrapper(target), next_(std::move(next)) {}

void CrashFs::cut_power() {
  const std::lock_guard lock(mutex_);
  cut_ = true;
}

void CrashFs::set_room(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  room_ = bytes;
}

void CrashFs::fail_syncs(unsigned count) {
  const std::lock_guard lock(mutex_);
  failing_syncs_ = count;
}

void CrashFs::on_change(std::function<void(std::uint64_t)> hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

IOStatus CrashFs::before_change(std::uint64_t grows_by) {
  std::unique_lock lock(mutex_);
  const std::uint64_t number = ++changes_;
  if (hook_) {
    const auto hook = hook_;
    lock.unlock();
    hook(number);
    lock.lock();
  }
  if (cut_) return IOStatus::IOError("the power is cut");
  if (!room_) return IOStatus::OK();
  if (grows_by > *room_) return IOStatus::NoSpace("No space left on device");
  *room_ -= grows_by;
  return IOStatus::OK();
}

IOStatus CrashFs::before_sync() {
  auto status = before_change(0);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  if (failing_syncs_ == 0) return IOStatus::OK();
  --failing_syncs_;
  return IOStatus::IOError("the disk does not sync");
}

CrashFs::File& CrashFs::tracked(const std::string& name) {
  const auto [file, added] = files_.try_emplace(name);
  if (added) {
    std::uint64_t size = 0;
    (void)target()->GetFileSize(name, {}, &size, nullptr);
    file->second = {size, size, true, std::nullopt};
  }
  return file->second;
}

void CrashFs::appended(const std::string& name, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  tracked(name).size += bytes;
}

void CrashFs::truncated(const std::string& name, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  File& file = tracked(name);
  file.size = size;
  file.synced = std::min(file.synced, size);
}

void CrashFs::before_overwrite(const std::string& name) {
  const std::lock_guard lock(mutex_);
  File& file = tracked(name);
  if (!file.before) file.before = content(name);
}

void CrashFs::synced(const std::string& name) {
  const std::lock_guard lock(mutex_);
  File& file = tracked(name);
  file.synced = file.size;
  file.before.reset();
}

void CrashFs::directory_synced(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, file] : files_) {
    if (directory_of(name) == directory) file.entry_synced = true;
  }
  std::erase_if(removed_, [&](const auto& removed) { return directory_of(removed.first) == directory; });
  std::erase_if(renames_, [&](const Rename& rename) { return directory_of(rename.to) == directory; });
}

IOStatus CrashFs::NewWritableFile(const std::string& name, const FileOptions& options,
                                  std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  auto status = before_change(0);
  if (!status.ok()) return status;
  const bool existed = target()->FileExists(name, {}, nullptr).ok();
  status = target()->NewWritableFile(name, options, file, debug);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  files_[plain(name)] = {0, 0, existed, std::nullopt};
  *file = std::make_unique<CrashWritableFile>(std::move(*file), *this, plain(name));
  return status;
}

IOStatus CrashFs::ReopenWritableFile(const std::string& name, const FileOptions& options,
                                     std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
  auto status = before_change(0);
  if (status.ok()) status = target()->ReopenWritableFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<CrashWritableFile>(std::move(*file), *this, plain(name));
  return status;
}

IOStatus CrashFs::NewRandomRWFile(const std::string& name, const FileOptions& options,
                                  std::unique_ptr<rocksdb::FSRandomRWFile>* file, IODebugContext* debug) {
  auto status = before_change(0);
  if (status.ok()) status = target()->NewRandomRWFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<CrashRandomRWFile>(std::move(*file), *this, plain(name));
  return status;
}

IOStatus CrashFs::NewDirectory(const std::string& name, const IOOptions& options,
                               std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* debug) {
  auto status = target()->NewDirectory(name, options, directory, debug);
  std::string path = plain(name);
  if (!path.empty() && path.back() == '/') path.pop_back();
  if (status.ok()) *directory = std::make_unique<CrashDirectory>(std::move(*directory), *this, path);
  return status;
}

IOStatus CrashFs::DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* debug) {
  auto status = before_change(0);
  if (!status.ok()) return status;
  std::uint64_t size = 0;
  (void)target()->GetFileSize(name, {}, &size, nullptr);
  const std::lock_guard lock(mutex_);
  const auto known = files_.find(plain(name));
  // What else may come back holds nothing that anybody looks for.
  const bool content_file = name.ends_with(".sst") || name.ends_with(".log");
  const bool lasting = content_file && (known == files_.end() || known->second.entry_synced);
  auto bytes = lasting ? content(plain(name)) : std::nullopt;
  status = target()->DeleteFile(name, options, debug);
  if (!status.ok()) return status;
  if (bytes) {
    if (known != files_.end()) bytes->resize(std::min<std::uint64_t>(bytes->size(), known->second.synced));
    removed_[plain(name)] = *std::move(bytes);
  }
  files_.erase(plain(name));
  if (room_) *room_ += size;
  return status;
}

IOStatus CrashFs::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                             IODebugContext* debug) {
  auto status = before_change(0);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const std::string source = plain(from);
  const std::string destination = plain(to);
  auto replaced = content(destination);
  const File moved = tracked(source);
  status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  files_.erase(source);
  files_[destination] = moved;
  renames_.push_back({source, destination, std::move(replaced)});
  return status;
}

IOStatus CrashFs::LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                           IODebugContext* debug) {
  auto status = before_change(0);
  if (status.ok()) status = target()->LinkFile(from, to, options, debug);
  if (!status.ok()) return status;
  const std::lock_guard lock(mutex_);
  File linked = tracked(plain(from));
  linked.entry_synced = false;
  files_[plain(to)] = linked;
  return status;
}

IOStatus CrashFs::GetFreeSpace(const std::string& path, const IOOptions& options, std::uint64_t* bytes,
                               IODebugContext* debug) {
  {
    const std::lock_guard lock(mutex_);
    if (room_) {
      *bytes = *room_;
      return IOStatus::OK();
    }
  }
  return target()->GetFreeSpace(path, options, bytes, debug);
}

std::optional<std::string> CrashFs::content(const std::string& name) {
  std::uint64_t size = 0;
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  if (!target()->GetFileSize(name, {}, &size, nullptr).ok() ||
      !target()->NewSequentialFile(name, {}, &file, nullptr).ok()) {
    return std::nullopt;
  }
  std::string bytes(size, '\0');
  Slice got;
  if (size != 0 && !file->Read(size, {}, &got, bytes.data(), nullptr).ok()) return std::nullopt;
  return std::string(got.data(), got.size());
}

void CrashFs::set_content(const std::string& name, const std::string& bytes) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  if (!target()->NewWritableFile(name, {}, &file, nullptr).ok()) return;
  (void)file->Append(bytes, {}, nullptr);
  (void)file->Close({}, nullptr);
}

void CrashFs::undo_rename(const Rename& rename) {
  (void)target()->RenameFile(rename.to, rename.from, {}, nullptr);
  const auto file = files_.find(rename.to);
  if (file != files_.end()) {
    files_[rename.from] = file->second;
    files_.erase(rename.to);
  }
  if (rename.replaced) set_content(rename.to, *rename.replaced);
}

void CrashFs::lose_unsynced(const std::string& name, const File& file) {
  if (!file.entry_synced) {
    (void)target()->DeleteFile(name, {}, nullptr);
    return;
  }
  if (file.before && next_() % 2 == 0) set_content(name, *file.before);
  if (file.size <= file.synced) return;
  // Some of the tail may have reached the disk, and of a log even with a hole at its end.
  const std::uint64_t survives = file.synced + next_() % (file.size - file.synced + 1);
  auto bytes = content(name);
  if (!bytes) return;
  bytes->resize(std::min<std::uint64_t>(bytes->size(), survives));
  if (name.ends_with(".log") && next_() % 4 == 0 && bytes->size() > file.synced) {
    const std::uint64_t hole = file.synced + next_() % (bytes->size() - file.synced);
    std::fill(bytes->begin() + static_cast<std::ptrdiff_t>(hole), bytes->end(), '\0');
  }
  set_content(name, *bytes);
}

void CrashFs::lose() {
  const std::lock_guard lock(mutex_);
  cut_ = true;
  while (!renames_.empty()) {
    undo_rename(renames_.back());
    renames_.pop_back();
  }
  for (const auto& [name, file] : files_)
    lose_unsynced(name, file);
  for (const auto& [name, bytes] : removed_) {
    if (next_() % 2 == 0 && !content(name)) set_content(name, bytes);
  }
  removed_.clear();
  files_.clear();
}

void CrashFs::restore_power() {
  lose();
  const std::lock_guard lock(mutex_);
  failing_syncs_ = 0;
  cut_ = false;
}

}  // namespace comity::test
