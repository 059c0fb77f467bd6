// SPDX-License-Identifier: EUPL-1.2
#include "test/unit/storage/adapters.h"

#include <doctest/doctest.h>
#include <rocksdb/env.h>

#include "storage/check.h"
#include "storage/faulty/faulty_store.h"
#include "storage/memory/memory_store.h"
#include "storage/rocks/rocks_store.h"
#include "storage/schema.h"
#include "test/splitmix.h"
#include "test/support/crash_fs.h"
#include "test/support/temp_dir.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

Stamp test_stamp() {
  Stamp stamp;
  stamp.schema = 1;
  stamp.written_by = "0.0-test";
  return stamp;
}

class MemoryAdapter : public Adapter {
 public:
  [[nodiscard]] std::string name() const override { return "memory"; }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open(const AdapterOptions& options) override {
    const bool fresh = proto::raw(disk_->latest) == 0;
    COMITY_TRY(auto store, MemoryStore::open(disk_, test_tables(),
                                             {options.committer, options.queue_bytes, options.changes_kept}));
    if (fresh) COMITY_CHECK(stamp_store(*store, test_stamp()));
    return store;
  }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open_copy(const std::string& path) override {
    return MemoryStore::open(disk_->checkpoints.at(path), test_tables());
  }
  [[nodiscard]] std::string new_path(const std::string& name) override { return name; }
  void crash(std::unique_ptr<Store> store) override {
    disk_->crash();
    store.reset();
  }

 private:
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

class RocksAdapter final : public Adapter {
 public:
  RocksAdapter(std::string name, std::string path, const std::shared_ptr<rocksdb::FileSystem>& below,
               std::uint64_t seed)
      : name_(std::move(name)),
        path_(std::move(path)),
        prng_(seed),
        files_(std::make_shared<comity::test::CrashFs>(below, [this] { return prng_.next(); })),
        env_(rocksdb::NewCompositeEnv(files_)) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open(const AdapterOptions& options) override {
    auto store = RocksStore::open(path_, test_tables(), rocks_options(options));
    if (store.ok() || store.error().code != proto::Code::kStoreMissing) return store;
    return RocksStore::create(path_, test_tables(), rocks_options(options), test_stamp());
  }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open_copy(const std::string& path) override {
    return RocksStore::open(path, test_tables(), rocks_options({}));
  }
  [[nodiscard]] std::string new_path(const std::string& name) override { return path_ + "-" + name; }
  void crash(std::unique_ptr<Store> store) override {
    files_->cut_power();
    store.reset();
    files_->restore_power();
  }

 private:
  [[nodiscard]] RocksOptions rocks_options(const AdapterOptions& options) const {
    RocksOptions out;
    out.memory_limit = std::size_t{16} * 1024 * 1024;
    out.queue_bytes = options.queue_bytes;
    out.changes_kept = options.changes_kept;
    out.committer = options.committer;
    out.env = env_.get();
    return out;
  }

  const std::string name_;
  const std::string path_;
  comity::test::SplitMix prng_;
  const std::shared_ptr<comity::test::CrashFs> files_;
  const std::unique_ptr<rocksdb::Env> env_;
};

class RocksOnDisk final : public Adapter {
 public:
  explicit RocksOnDisk(std::uint64_t seed)
      : rocks_("rocksdb on disk", directory_.file("store"), rocksdb::FileSystem::Default(), seed) {}
  [[nodiscard]] std::string name() const override { return rocks_.name(); }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open(const AdapterOptions& options) override {
    return rocks_.open(options);
  }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open_copy(const std::string& path) override {
    return rocks_.open_copy(path);
  }
  [[nodiscard]] std::string new_path(const std::string& name) override { return rocks_.new_path(name); }
  void crash(std::unique_ptr<Store> store) override { rocks_.crash(std::move(store)); }

 private:
  comity::test::TempDir directory_;
  RocksAdapter rocks_;
};

class RocksInMemory final : public Adapter {
 public:
  explicit RocksInMemory(std::uint64_t seed)
      : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
        rocks_("rocksdb in memory", "/store", env_->GetFileSystem(), seed) {}
  [[nodiscard]] std::string name() const override { return rocks_.name(); }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open(const AdapterOptions& options) override {
    return rocks_.open(options);
  }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open_copy(const std::string& path) override {
    return rocks_.open_copy(path);
  }
  [[nodiscard]] std::string new_path(const std::string& name) override { return rocks_.new_path(name); }
  void crash(std::unique_ptr<Store> store) override { rocks_.crash(std::move(store)); }

 private:
  const std::unique_ptr<rocksdb::Env> env_;
  RocksAdapter rocks_;
};

/// The faulty wrapper without a fault must keep the whole contract, its own crash included.
class FaultyAdapter final : public MemoryAdapter {
 public:
  [[nodiscard]] std::string name() const override { return "faulty over memory"; }
  [[nodiscard]] proto::Result<std::unique_ptr<Store>> open(const AdapterOptions& options) override {
    COMITY_TRY(auto inner, MemoryAdapter::open(options));
    return std::unique_ptr<Store>(new FaultyStore(std::move(inner), scripted_faults(StoreCall::kCommit, {})));
  }
};

}  // namespace

std::unique_ptr<Adapter> rocks_on_disk() {
  return std::make_unique<RocksOnDisk>(1);
}
std::unique_ptr<Adapter> rocks_in_memory(std::uint64_t seed) {
  return std::make_unique<RocksInMemory>(seed);
}
std::unique_ptr<Adapter> memory_adapter() {
  return std::make_unique<MemoryAdapter>();
}

std::vector<std::unique_ptr<Adapter>> all_adapters() {
  std::vector<std::unique_ptr<Adapter>> adapters;
  adapters.push_back(memory_adapter());
  adapters.push_back(rocks_on_disk());
  adapters.push_back(rocks_in_memory(1));
  adapters.push_back(std::make_unique<FaultyAdapter>());
  return adapters;
}

void with_each(const AdapterOptions& options, const std::function<void(Store&, Adapter&)>& body) {
  for (const auto& adapter : all_adapters()) {
    const std::string adapter_name = adapter->name();
    CAPTURE(adapter_name);
    const auto store = must(adapter->open(options));
    body(*store, *adapter);
  }
}

void with_each(const std::function<void(Store&, Adapter&)>& body) {
  with_each({}, body);
}

std::optional<Bytes> get(Store& store, ByteView key) {
  return must(must(store.snapshot())->get(key));
}

std::vector<Row> rows(Store& store, const Range& range) {
  std::vector<Row> out;
  must(must(store.snapshot())->walk(range, false, [&](ByteView key, ByteView value) {
    out.push_back({proto::to_bytes(key), proto::to_bytes(value)});
    return true;
  }));
  return out;
}

std::vector<Row> all_rows(const View& view, const Tables& tables) {
  std::vector<Row> out;
  for (const TableInfo& table : tables.all()) {
    const Bytes prefix{std::byte{table.prefix}};
    if (!check_read(prefix, tables).ok()) continue;
    must(view.walk(prefix_range(prefix), false, [&](ByteView key, ByteView value) {
      out.push_back({proto::to_bytes(key), proto::to_bytes(value)});
      return true;
    }));
  }
  return out;
}

}  // namespace comity::storage::test
