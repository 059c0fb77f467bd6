// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/commit_queue.h"
#include "storage/store.h"

namespace comity::storage::test {

struct AdapterOptions {
  Committer committer = Committer::kThread;
  std::size_t changes_kept = proto::bounds::kStoreChangesKept;
  std::size_t queue_bytes = proto::bounds::kStoreQueueBytes;
};

/// One adapter on a disk of its own that outlives its stores.
class Adapter {
 public:
  Adapter() = default;
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;
  virtual ~Adapter() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  /// Opens the store, which is created and stamped the first time.
  [[nodiscard]] virtual proto::Result<std::unique_ptr<Store>> open(const AdapterOptions& options) = 0;
  /// Opens a checkpoint that was written to `path`.
  [[nodiscard]] virtual proto::Result<std::unique_ptr<Store>> open_copy(const std::string& path) = 0;
  /// A path for a checkpoint that does not exist.
  [[nodiscard]] virtual std::string new_path(const std::string& name) = 0;

  /// Power fails under `store`, which is gone afterwards; the next open() sees what was synced.
  virtual void crash(std::unique_ptr<Store> store) = 0;
};

/// A fresh one of each: memory, RocksDB on disk, RocksDB in memory, a faultless faulty one.
[[nodiscard]] std::vector<std::unique_ptr<Adapter>> all_adapters();
[[nodiscard]] std::unique_ptr<Adapter> rocks_on_disk();
[[nodiscard]] std::unique_ptr<Adapter> rocks_in_memory(std::uint64_t seed);
[[nodiscard]] std::unique_ptr<Adapter> memory_adapter();

/// Runs `body` with a store of each adapter.
void with_each(const AdapterOptions& options, const std::function<void(Store&, Adapter&)>& body);
void with_each(const std::function<void(Store&, Adapter&)>& body);

/// The value, or a failed test that prints the error.
template <class T>
T must(proto::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(proto::to_string(result.error()));
  return *std::move(result);
}
inline void must(const proto::Status& status) {
  if (!status.ok()) throw std::runtime_error(proto::to_string(status.error()));
}
template <class T>
proto::Code code_of(const proto::Result<T>& result) {
  return result.ok() ? proto::Code{0} : result.error().code;
}

/// Shorthands on the newest snapshot.
[[nodiscard]] std::optional<Bytes> get(Store& store, ByteView key);
[[nodiscard]] std::vector<Row> rows(Store& store, const Range& range);
/// Every row of every table that may be read.
[[nodiscard]] std::vector<Row> all_rows(const View& view, const Tables& tables);

}  // namespace comity::storage::test
