// SPDX-License-Identifier: EUPL-1.2
#include "test/crash/child.h"

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>

#include "storage/rocks/rocks_store.h"
#include "test/crash/ender.h"
#include "test/crash/workload.h"

namespace comity::crash {
namespace {

using proto::Code;
using storage::Durability;
using storage::Version;

constexpr std::uint64_t kInFlight = 32;
constexpr std::size_t kChangesKept = 300;

class Child {
 public:
  explicit Child(const ChildTask& task) : task_(task), ender_(task) {}

  int run();

 private:
  [[nodiscard]] bool open();
  [[nodiscard]] bool prepare();
  [[nodiscard]] std::uint64_t progress() const;
  void submit(std::uint64_t number);
  void keep_up(std::uint64_t number);

  const ChildTask task_;
  Ender ender_;
  std::unique_ptr<storage::Store> store_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::uint64_t in_flight_ = 0;
};

bool Child::open() {
  storage::RocksOptions options;
  options.memory_limit = std::size_t{16} * 1024 * 1024;
  options.changes_kept = kChangesKept;
  options.env = ender_.env();
  auto opened = storage::RocksStore::open(task_.directory, crash_tables(), options);
  if (!opened.ok() && opened.error().code == Code::kStoreMissing) {
    storage::Stamp stamp;
    stamp.written_by = "1";
    opened = storage::RocksStore::create(task_.directory, crash_tables(), options, stamp);
  }
  if (!opened.ok()) return ender_.good(opened.error(), "opening");
  store_ = *std::move(opened);
  return true;
}

std::uint64_t Child::progress() const {
  const auto view = store_->snapshot();
  if (!view.ok()) return 0;
  const auto value = (*view)->get(kProgress.key(0));
  return value.ok() && *value ? proto::from_be<std::uint64_t>(**value) : 0;
}

bool Child::prepare() {
  const auto vault = store_->commit(vault_batch());
  if (!vault.ok() && vault.error().code != Code::kStoreGuardFailed)
    return ender_.good(vault.error(), "filling the vault");
  storage::MigrateOptions options;
  options.written_by = "1";
  const auto list = migrations_to(task_.schema);
  return ender_.good(storage::migrate(*store_, list, options), "migrating");
}

void Child::submit(std::uint64_t number) {
  {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return in_flight_ < kInFlight; });
    ++in_flight_;
  }
  const bool synced = is_synced(task_.seed, number);
  store_->submit(
      batch_of(task_.seed, number), synced ? Durability::kSynced : Durability::kBuffered,
      [this, number, synced](const proto::Result<Version>& result) {
        Report said;
        said.kind = result.ok() ? Report::Kind::kAnswer : Report::Kind::kRefused;
        said.synced = synced;
        said.number = number;
        said.version = result.ok() ? proto::raw(*result) : proto::raw(result.error().code);
        ender_.report(said);
        // Told under the lock: this object may be gone as soon as the waiting side sees the last answer.
        const std::lock_guard lock(mutex_);
        --in_flight_;
        answered_.notify_all();
      },
      storage::WhenFull::kWait);
}

void Child::keep_up(std::uint64_t number) {
  if (number % 150 == 0) {
    const auto compacted = store_->compact(number % 300 == 0 ? kBodies.range() : kKeys.range());
    (void)ender_.good(compacted, "compacting");
  }
  if (number % 400 == 0) {
    const std::string path = task_.directory + "-checkpoint";
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
    std::filesystem::remove_all(path + ".tmp", ignored);
    (void)ender_.good(store_->checkpoint(path), "checkpoint");
  }
  if (number % 90 == 0) (void)ender_.good(store_->sync(), "syncing");
}

int Child::run() {
  ender_.arm();
  if (!open()) return 1;
  const std::uint64_t found = progress();
  Report opened;
  opened.kind = Report::Kind::kOpened;
  opened.number = found;
  opened.version = proto::raw(store_->stats().version);
  ender_.report(opened);
  if (!prepare()) return 1;
  // What may have been under way when the last process died is tried again, as a careful caller would.
  for (std::uint64_t number = found > kInFlight ? found - kInFlight : 1; number <= found; ++number)
    submit(number);
  for (std::uint64_t number = found + 1; number <= found + task_.batches; ++number) {
    submit(number);
    keep_up(number);
  }
  return ender_.good(store_->close(), "closing") ? 0 : 1;
}

}  // namespace

int run_child(const ChildTask& task) {
  return Child(task).run();
}

}  // namespace comity::crash
