// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <rocksdb/file_system.h>

namespace comity::test {

/// A file system below RocksDB that does what a machine may do when power fails: bytes that were not synced
/// are gone, wholly or behind some point; files, renames and removals whose directory was not synced never
/// happened. It can also be full, and refuse to sync. Files that were there before count as synced.
/// Thread-safe.
class CrashFs final : public rocksdb::FileSystemWrapper {
 public:
  /// `next` gives evenly spread bits: how much of what may survive does.
  CrashFs(std::shared_ptr<rocksdb::FileSystem> target, std::function<std::uint64_t()> next);

  /// From now on every call that would change something fails and changes nothing.
  void cut_power();
  /// Brings the disk into the state after the failure; it stays without power. Also for a process that ends
  /// now.
  void lose();
  /// lose(), then the disk works again. Nothing may be open.
  void restore_power();

  /// Room for `bytes` more; deleting gives room back. Nothing: unlimited.
  void set_room(std::optional<std::uint64_t> bytes);
  /// The next syncs of files fail.
  void fail_syncs(unsigned count);
  /// Called before each call that changes something, with its number, outside all locks.
  void on_change(std::function<void(std::uint64_t number)> hook);

  [[nodiscard]] const char* Name() const override { return "CrashFs"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options,
                                 std::uint64_t* bytes, rocksdb::IODebugContext* debug) override;

  // For the files that it hands out.
  [[nodiscard]] rocksdb::IOStatus before_change(std::uint64_t grows_by);
  [[nodiscard]] rocksdb::IOStatus before_sync();
  void appended(const std::string& name, std::uint64_t bytes);
  void truncated(const std::string& name, std::uint64_t size);
  void before_overwrite(const std::string& name);
  void synced(const std::string& name);
  void directory_synced(const std::string& directory);

 private:
  struct File {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
    bool entry_synced = false;
    std::optional<std::string> before;  // content at the last sync, when written in place since
  };
  struct Rename {
    std::string from;
    std::string to;
    std::optional<std::string> replaced;  // content of `to` before
  };

  [[nodiscard]] File& tracked(const std::string& name);
  [[nodiscard]] std::optional<std::string> content(const std::string& name);
  void set_content(const std::string& name, const std::string& bytes);
  void undo_rename(const Rename& rename);
  void lose_unsynced(const std::string& name, const File& file);

  const std::function<std::uint64_t()> next_;
  std::mutex mutex_;
  std::function<void(std::uint64_t)> hook_;
  std::map<std::string, File> files_;
  std::vector<Rename> renames_;
  std::map<std::string, std::string> removed_;  // whose directory was not synced since: content
  std::optional<std::uint64_t> room_;
  unsigned failing_syncs_ = 0;
  std::uint64_t changes_ = 0;
  bool cut_ = false;
};

}  // namespace comity::test
