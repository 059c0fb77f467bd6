// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/late_store.h"

#include "test/sim/nodes/mutation.h"

namespace comity::sim::nodes {

using storage::Batch;
using storage::Completion;
using storage::Durability;
using storage::Version;

LateStore::LateStore(World& world, std::unique_ptr<storage::Store> store, const std::string& machine)
    : world_(world), store_(std::move(store)), random_(world.seed(), "store " + machine) {}

LateStore::~LateStore() {
  if (!failed_) write_all();
}

void LateStore::fail() {
  if (failed_) return;
  failed_ = true;
  next_.reset();
  std::size_t survive = queue_.empty() ? 0 : random_.below(queue_.size() + 1);
  for (; survive != 0 && !queue_.empty(); --survive) {
    Waiting one = std::move(queue_.front());
    queue_.pop_front();
    store_->submit(
        std::move(one.batch), one.durability, [](const proto::Result<Version>&) {},
        storage::WhenFull::kRefuse);
    one.done(proto::Error{proto::Code::kStoreUnknownResult, "the machine fails"});
  }
  // Those who ask are on the machine that fails: what they hear now leads to nothing but their own end.
  std::deque<Waiting> lost;
  lost.swap(queue_);
  for (Waiting& each : lost)
    each.done(proto::Error{proto::Code::kStoreUnknownResult, "the machine fails"});
}

void LateStore::plan() {
  if (queue_.empty()) return;
  const auto delay = random_.between(std::chrono::microseconds(100),
                                     world_.faults().pool_delay_most + std::chrono::milliseconds(1));
  next_ = std::make_unique<Scheduled>(world_, runtime::after(world_.now(), delay), [this] { write_all(); });
}

// All that wait share one moment, as they would share one fsync.
void LateStore::write_all() {
  next_.reset();
  while (!queue_.empty())
    write_one();
}

void LateStore::write_one() {
  Waiting one = std::move(queue_.front());
  queue_.pop_front();
  store_->submit(std::move(one.batch), one.durability, std::move(one.done), storage::WhenFull::kRefuse);
}

void LateStore::submit(Batch batch, Durability durability, Completion done, storage::WhenFull when_full) {
  if (failed_) return done(proto::Error{proto::Code::kStoreClosing, {}});
  if (durability != Durability::kSynced) {
    write_all();
    return store_->submit(std::move(batch), durability, std::move(done), when_full);
  }
  // What is answered as stored is lost when power fails.
  if (Mutation::active("sync")) durability = Durability::kBuffered;
  queue_.push_back({std::move(batch), durability, std::move(done)});
  if (next_ == nullptr) plan();
}

proto::Result<std::unique_ptr<storage::View>> LateStore::snapshot() {
  return store_->snapshot();
}

proto::Status LateStore::sync() {
  write_all();
  return store_->sync();
}

proto::Result<storage::ChangePage> LateStore::changes(Version after, std::size_t limit,
                                                      storage::Shown shown) {
  return store_->changes(after, limit, shown);
}

proto::Status LateStore::trim_changes(Version upto) {
  return store_->trim_changes(upto);
}

proto::Status LateStore::checkpoint(const std::string& path) {
  write_all();
  return store_->checkpoint(path);
}

proto::Result<storage::Verified> LateStore::verify(storage::Depth depth,
                                                   const storage::Verifying& verifying) {
  return store_->verify(depth, verifying);
}

proto::Status LateStore::compact(const storage::Range& range) {
  write_all();
  return store_->compact(range);
}

proto::Status LateStore::close() {
  if (!failed_) write_all();
  return store_->close();
}

}  // namespace comity::sim::nodes
