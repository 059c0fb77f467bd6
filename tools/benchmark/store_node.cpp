// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/store_node.h"

#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "node/home/create.h"
#include "node/home/store.h"

namespace comity::benchmark {

void give_up(const proto::Error& error) {
  fmt::print(stderr, "the measurement stops: {}\n", proto::to_string(error));
  std::exit(1);
}

void Owner::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(work));
  some_.notify_one();
}

void Owner::run_next() {
  if (taken_.empty()) {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [&] { return !waiting_.empty(); });
    taken_.swap(waiting_);
  }
  const auto work = std::move(taken_.front());
  taken_.pop_front();
  work();
}

PoolThread::PoolThread() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    for (;;) {
      some_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const auto work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  });
}

PoolThread::~PoolThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  some_.notify_one();
  thread_.join();
}

void PoolThread::run(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(work));
  some_.notify_one();
}

feed::Result<v1::Wrap> Grants::wrap(const crypto::FeedKey& key, const crypto::GrantContext& context) {
  COMITY_TRY(const auto wrapped, crypto::wrap_feed_key(key, context, theirs_, nullptr, random_));
  v1::Wrap wrap;
  wrap.set_to(feed::field(context.recipient.view()));
  wrap.set_key_id(std::string(16, 'k'));
  wrap.set_enc(feed::field(wrapped.encapsulated.view()));
  wrap.set_ct(feed::field(wrapped.ciphertext));
  return wrap;
}

feed::Result<crypto::FeedKey> Grants::open(const crypto::GrantContext& context, const v1::Wrap& wrap) {
  crypto::WrappedFeedKey wrapped;
  COMITY_TRY(wrapped.encapsulated, crypto::X25519PublicKey::from(proto::as_bytes(wrap.enc())));
  std::copy_n(proto::as_bytes(wrap.ct()).begin(), wrapped.ciphertext.size(), wrapped.ciphertext.begin());
  COMITY_TRY(auto opened, crypto::unwrap_feed_key(wrapped, context, own_, {}));
  return std::move(opened.key);
}

feed::WallTime StoreNode::now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

StoreNode::StoreNode(const std::filesystem::path& directory, std::string_view short_name)
    : paths_(directory) {
  home::Plan plan{.directory = directory};
  must(config::assign(plan.settings, "agency.name", "Measured Agency"));
  must(config::assign(plan.settings, "agency.short_name", short_name));
  must(config::assign(plan.settings, "node.listen", "127.0.0.1:47443"));
  const home::Created created = must(home::create_home(plan, now(), random_));
  marker_ = created.marker;
  identity_.emplace(must(home::load_identity(paths_, marker_, std::nullopt)));
  store_ = must(home::open_store(paths_, plan.settings, marker_, home::Ballast::kLeave));

  const auto to_owner = [this](std::function<void()> work) { owner.post(std::move(work)); };
  grants = std::make_unique<Grants>(random_, keys().encryption);
  const crypto::KeyDoc& doc = chain().current();
  writer = std::make_unique<feed::FeedWriter>(
      feed::WriterSetup{.store = *store_,
                        .random = random_,
                        .self = agency(),
                        .signing = {&keys().signing, doc.node_sign.front().id(), doc.version},
                        .storage_key = keys().storage,
                        .grants = *grants,
                        .projections = projections_,
                        .now = now,
                        .to_owner = to_owner});
  ingester = std::make_unique<feed::Ingester>(feed::IngesterSetup{.store = *store_,
                                                                  .random = random_,
                                                                  .self = agency(),
                                                                  .storage_key = keys().storage,
                                                                  .grants = *grants,
                                                                  .projections = projections_,
                                                                  .to_owner = to_owner});
}

void StoreNode::close() {
  writer.reset();
  ingester.reset();
  if (store_) must(store_->close());
  store_.reset();
}

StoreNode::~StoreNode() {
  writer.reset();
  ingester.reset();
}

void settle(storage::Store& store) {
  for (const storage::TableInfo& table : store.tables().all()) {
    if (table.prefix < storage::kFirstNodePrefix) continue;
    const std::byte prefix{table.prefix};
    must(store.compact(storage::prefix_range({&prefix, 1})));
  }
}

std::uint64_t table_bytes(const std::filesystem::path& store) {
  std::uint64_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(store)) {
    if (file.path().extension() == ".sst") bytes += file.file_size();
  }
  return bytes;
}

}  // namespace comity::benchmark
