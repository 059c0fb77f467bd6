// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "node/feed/chain_signers.h"
#include "node/feed/ingest.h"
#include "node/feed/writer.h"
#include "node/home/identity.h"
#include "node/home/open.h"

/// The parts of `tools/bench store`: two agencies' nodes as far as store and feeds go, without a network.
namespace comity::benchmark {

/// Ends the program with the error: a benchmark that cannot do its work has no figures.
[[noreturn]] void give_up(const proto::Error& error);

template <class T>
T must(proto::Result<T> result) {
  if (!result.ok()) give_up(result.error());
  return *std::move(result);
}
inline void must(const proto::Status& status) {
  if (!status.ok()) give_up(status.error());
}

/// The owner thread: runs what other threads hand to it, while somebody waits in run_until().
class Owner {
 public:
  void post(std::function<void()> work);
  /// Runs work until `done()` holds. Only the owner thread.
  template <class Done>
  void run_until(Done done) {
    while (!done())
      run_next();
  }

 private:
  void run_next();

  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<std::function<void()>> waiting_;
  std::deque<std::function<void()>> taken_;
};

/// One thread of a pool: runs functions in order.
class PoolThread {
 public:
  PoolThread();
  PoolThread(const PoolThread&) = delete;
  PoolThread& operator=(const PoolThread&) = delete;
  ~PoolThread();
  void run(std::function<void()> work);

 private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<std::function<void()>> waiting_;
  bool ending_ = false;
  std::thread thread_;
};

/// Wraps feed keys for one recipient and opens those wrapped for us, base mode.
class Grants final : public feed::GrantMaker, public feed::GrantOpener {
 public:
  explicit Grants(crypto::Random& random, const crypto::X25519KeyPair& own) : random_(random), own_(own) {}
  void know(const crypto::X25519PublicKey& key) { theirs_ = key; }

  feed::Result<v1::Wrap> wrap(const crypto::FeedKey& key, const crypto::GrantContext& context) override;
  feed::Result<crypto::FeedKey> open(const crypto::GrantContext& context, const v1::Wrap& wrap) override;

 private:
  crypto::Random& random_;
  const crypto::X25519KeyPair& own_;
  crypto::X25519PublicKey theirs_;
};

/// A data directory as `comity init` makes it, its store open, with a writer and an ingester on it.
class StoreNode {
 public:
  StoreNode(const std::filesystem::path& directory, std::string_view short_name);
  /// Closes the store.
  ~StoreNode();
  StoreNode(const StoreNode&) = delete;
  StoreNode& operator=(const StoreNode&) = delete;

  [[nodiscard]] const proto::AgencyId& agency() const { return marker_.agency; }
  [[nodiscard]] const crypto::KeyChain& chain() const { return identity_->chain; }
  [[nodiscard]] const home::NodeKeys& keys() const { return identity_->keys; }
  [[nodiscard]] storage::Store& store() { return *store_; }
  [[nodiscard]] feed::Projections projections() const { return projections_; }
  [[nodiscard]] static feed::WallTime now();

  /// Closes the store in order, so that the real daemon can be started on the directory.
  void close();

  Owner owner;
  std::unique_ptr<Grants> grants;
  std::unique_ptr<feed::FeedWriter> writer;
  std::unique_ptr<feed::Ingester> ingester;

 private:
  crypto::SystemRandom random_;
  home::Paths paths_;
  home::Marker marker_;
  std::optional<home::Identity> identity_;
  std::unique_ptr<storage::Store> store_;
  feed::BySpace by_space_;
  feed::Withdrawals withdrawals_;
  std::vector<const feed::Projection*> projections_{&by_space_, &withdrawals_};
};

/// Brings everything in the store into table files and merges those.
void settle(storage::Store& store);
/// Bytes of the table files in the directory.
[[nodiscard]] std::uint64_t table_bytes(const std::filesystem::path& store);

}  // namespace comity::benchmark
