// SPDX-License-Identifier: EUPL-1.2
#include "test/crash/child.h"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>

#include <rocksdb/env.h>
#include <unistd.h>

#include "storage/failpoint.h"
#include "storage/rocks/rocks_store.h"
#include "test/crash/workload.h"
#include "test/splitmix.h"
#include "test/support/crash_fs.h"

namespace comity::crash {
namespace {

using proto::Code;
using storage::Durability;
using storage::Version;

constexpr std::uint64_t kInFlight = 32;
constexpr std::size_t kChangesKept = 300;

class Child {
 public:
  explicit Child(const ChildTask& task)
      : task_(task),
        draws_(task.seed ^ task.batches),
        files_(std::make_shared<test::CrashFs>(rocksdb::FileSystem::Default(),
                                               [this] { return draws_.next(); })),
        env_(rocksdb::NewCompositeEnv(files_)) {}

  int run();

 private:
  [[noreturn]] void end_now();
  void arm();
  void report(const Report& report) const;
  void wrong(const std::string& what) const;
  [[nodiscard]] bool good(const proto::Status& status, const char* doing) const;
  [[nodiscard]] bool open();
  [[nodiscard]] bool prepare();
  [[nodiscard]] std::uint64_t progress() const;
  void submit(std::uint64_t number);
  void keep_up(std::uint64_t number);

  const ChildTask task_;
  test::SplitMix draws_;
  std::shared_ptr<test::CrashFs> files_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<storage::Store> store_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::uint64_t in_flight_ = 0;
  std::uint64_t visits_ = 0;
  std::mutex ending_mutex_;
  std::atomic<bool> ending_ = false;
};

void Child::end_now() {
  ending_ = true;
  if (task_.ending.drop_unsynced) files_->lose();
  ::kill(::getpid(), SIGKILL);
  while (true)
    ::pause();
}

void Child::arm() {
  const Ending& ending = task_.ending;
  if (ending.file_operation != 0) {
    files_->on_change([this](std::uint64_t number) {
      if (number == task_.ending.file_operation) end_now();
    });
  }
  if (ending.failpoint.empty()) return;
  storage::set_failpoint_handler([this](std::string_view name) {
    if (name != task_.ending.failpoint) return;
    const std::lock_guard lock(ending_mutex_);
    if (++visits_ == task_.ending.count) end_now();
  });
}

void Child::report(const Report& report) const {
  // A machine without power says nothing more, least of all that its disk fails.
  while (ending_) ::pause();
  if (::write(task_.pipe, &report, sizeof(report)) != static_cast<ssize_t>(sizeof(report))) ::_exit(3);
}

void Child::wrong(const std::string& what) const {
  Report said;
  std::strncpy(said.text, what.c_str(), sizeof(said.text) - 1);
  report(said);
}

bool Child::good(const proto::Status& status, const char* doing) const {
  if (status.ok()) return true;
  wrong(std::string(doing) + ": " + proto::to_string(status.error()));
  return false;
}

bool Child::open() {
  storage::RocksOptions options;
  options.memory_limit = std::size_t{16} * 1024 * 1024;
  options.changes_kept = kChangesKept;
  options.env = env_.get();
  auto opened = storage::RocksStore::open(task_.directory, crash_tables(), options);
  if (!opened.ok() && opened.error().code == Code::kStoreMissing) {
    storage::Stamp stamp;
    stamp.written_by = "1";
    opened = storage::RocksStore::create(task_.directory, crash_tables(), options, stamp);
  }
  if (!opened.ok()) return good(opened.error(), "opening");
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
    return good(vault.error(), "filling the vault");
  storage::MigrateOptions options;
  options.written_by = "1";
  const auto list = migrations_to(task_.schema);
  return good(storage::migrate(*store_, list, options), "migrating");
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
        report(said);
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
    (void)good(compacted, "compacting");
  }
  if (number % 400 == 0) {
    const std::string path = task_.directory + "-checkpoint";
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
    std::filesystem::remove_all(path + ".tmp", ignored);
    (void)good(store_->checkpoint(path), "checkpoint");
  }
  if (number % 90 == 0) (void)good(store_->sync(), "syncing");
}

int Child::run() {
  arm();
  if (!open()) return 1;
  const std::uint64_t found = progress();
  Report opened;
  opened.kind = Report::Kind::kOpened;
  opened.number = found;
  opened.version = proto::raw(store_->stats().version);
  report(opened);
  if (!prepare()) return 1;
  // What may have been under way when the last process died is tried again, as a careful caller would.
  for (std::uint64_t number = found > kInFlight ? found - kInFlight : 1; number <= found; ++number)
    submit(number);
  for (std::uint64_t number = found + 1; number <= found + task_.batches; ++number) {
    submit(number);
    keep_up(number);
  }
  return good(store_->close(), "closing") ? 0 : 1;
}

}  // namespace

int run_child(const ChildTask& task) {
  return Child(task).run();
}

}  // namespace comity::crash
