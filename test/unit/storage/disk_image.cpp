// SPDX-License-Identifier: EUPL-1.2
#include "test/unit/storage/disk_image.h"

namespace comity::storage::test {

Stamp a_stamp() {
  Stamp stamp;
  stamp.written_by = "0.0-test";
  return stamp;
}

DiskImage read_image(rocksdb::Env& env, const std::string& path) {
  DiskImage image;
  std::vector<std::string> names;
  if (!env.GetChildren(path, &names).ok()) return image;
  for (const std::string& name : names) {
    bool is_directory = false;
    if (name == "." || name == "..") continue;
    if (env.IsDirectory(path + "/" + name, &is_directory).ok() && is_directory) continue;
    std::string bytes;
    if (rocksdb::ReadFileToString(&env, path + "/" + name, &bytes).ok()) image[name] = bytes;
  }
  return image;
}

MemoryMachine::MemoryMachine(const DiskImage& image) : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {
  if (!image.empty() && !env_->CreateDirIfMissing(kPath).ok()) throw std::runtime_error("no directory");
  for (const auto& [name, bytes] : image) {
    if (!rocksdb::WriteStringToFile(env_.get(), bytes, std::string(kPath) + "/" + name).ok()) {
      throw std::runtime_error("no file " + name);
    }
  }
}

RocksOptions MemoryMachine::options() const {
  RocksOptions options;
  options.memory_limit = std::size_t{16} * 1024 * 1024;
  options.committer = Committer::kCaller;
  options.env = env_.get();
  return options;
}

proto::Result<std::unique_ptr<Store>> MemoryMachine::open() const {
  return RocksStore::open(kPath, test_tables(), options());
}

proto::Result<std::unique_ptr<Store>> MemoryMachine::create() const {
  return RocksStore::create(kPath, test_tables(), options(), a_stamp());
}

bool holds_content(const std::string& file) {
  return !file.starts_with("LOG") && !file.starts_with("OPTIONS") && file != "LOCK" && file != "IDENTITY";
}

}  // namespace comity::storage::test
