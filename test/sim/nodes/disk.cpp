// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/disk.h"

#include <stdexcept>
#include <vector>

namespace comity::sim::nodes {
namespace {

// Small: a world has several stores at once, and each is opened many times.
constexpr std::size_t kMemory = std::size_t{16} * 1024 * 1024;

void must(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error("the disk in memory: " + status.ToString());
}

}  // namespace

Disk::Disk(std::uint64_t seed, const std::string& machine)
    : random_(seed, "disk " + machine),
      memory_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
      files_(std::make_shared<comity::test::CrashFs>(memory_->GetFileSystem(),
                                                     [this] { return random_.below(1U << 30U); })),
      env_(rocksdb::NewCompositeEnv(files_)) {
  files_->on_change([this](std::uint64_t /*number*/) {
    if (cut_in_ == 0 || cut_ || std::this_thread::get_id() != owner_) return;
    if (--cut_in_ == 0) cut_power();
  });
}

storage::RocksOptions Disk::options() const {
  storage::RocksOptions options;
  options.memory_limit = kMemory;
  options.committer = storage::Committer::kCaller;
  options.background_jobs = 1;
  options.env = env_.get();
  return options;
}

void Disk::cut_after(std::uint64_t writes) {
  cut_in_ = writes;
}

void Disk::cut_power() {
  cut_ = true;
  files_->cut_power();
}

void Disk::restart() {
  files_->restore_power();
  cut_ = false;
  cut_in_ = 0;
}

void Disk::copy() {
  copy_.clear();
  std::vector<std::string> names;
  must(memory_->GetChildren(kStorePath, &names));
  for (const std::string& name : names) {
    const std::string path = std::string(kStorePath) + "/" + name;
    bool directory = false;
    if (name == "." || name == ".." || name == "LOCK" || name.starts_with("LOG")) continue;
    if (memory_->IsDirectory(path, &directory).ok() && directory) continue;
    must(rocksdb::ReadFileToString(memory_.get(), path, &copy_[name]));
  }
}

void Disk::put_back() {
  std::vector<std::string> names;
  must(memory_->GetChildren(kStorePath, &names));
  for (const std::string& name : names) {
    bool directory = false;
    const std::string path = std::string(kStorePath) + "/" + name;
    if (name == "." || name == ".." || (memory_->IsDirectory(path, &directory).ok() && directory)) continue;
    must(memory_->DeleteFile(path));
  }
  for (const auto& [name, bytes] : copy_)
    must(rocksdb::WriteStringToFile(memory_.get(), bytes, std::string(kStorePath) + "/" + name));
}

}  // namespace comity::sim::nodes
