// SPDX-License-Identifier: EUPL-1.2
#include "storage/faulty/faulty_store.h"

#include "storage/check.h"

namespace comity::storage {
namespace {

using proto::Code;
using proto::Error;

proto::Status strike_read(const FaultPlan& plan, StoreCall call) {
  if (plan(call) == Fault::kNone) return {};
  return Error{Code::kStoreFailed, "an injected fault"};
}

class FaultyView final : public View {
 public:
  FaultyView(std::unique_ptr<View> inner, std::shared_ptr<FaultPlan> plan)
      : inner_(std::move(inner)), plan_(std::move(plan)) {}

  [[nodiscard]] proto::Result<Version> version() const override { return inner_->version(); }
  [[nodiscard]] proto::Result<std::optional<Bytes>> get(ByteView key) const override {
    COMITY_CHECK(strike_read(*plan_, StoreCall::kRead));
    return inner_->get(key);
  }
  [[nodiscard]] proto::Result<std::vector<std::optional<Bytes>>> get_all(
      std::span<const Bytes> keys) const override {
    COMITY_CHECK(strike_read(*plan_, StoreCall::kRead));
    return inner_->get_all(keys);
  }
  [[nodiscard]] proto::Status walk(const Range& range, bool reverse, const Visit& visit) const override {
    COMITY_CHECK(strike_read(*plan_, StoreCall::kRead));
    return inner_->walk(range, reverse, visit);
  }

 private:
  const std::unique_ptr<View> inner_;
  const std::shared_ptr<FaultPlan> plan_;
};

}  // namespace

FaultyStore::FaultyStore(std::unique_ptr<Store> inner, FaultPlan plan, PowerCut power)
    : plan_(std::make_shared<FaultPlan>(std::move(plan))),
      power_(std::move(power)),
      inner_(std::move(inner)) {}

proto::Status FaultyStore::strike(StoreCall call) {
  return strike_read(*plan_, call);
}

std::optional<Error> FaultyStore::standing_refusal() {
  const std::lock_guard lock(mutex_);
  if (unknown_) return Error{Code::kStoreReadOnly, "an injected unknown result came before"};
  if (full_disk_) return Error{Code::kStoreNoSpace, "an injected full disk"};
  return std::nullopt;
}

void FaultyStore::answer(const Completion& done, proto::Result<Version> result, bool late) {
  {
    const std::lock_guard lock(mutex_);
    holding_ = holding_ || late;
    if (holding_) {
      held_.push_back({done, std::move(result)});
      return;
    }
  }
  done(std::move(result));
}

void FaultyStore::submit(Batch batch, Durability durability, Completion done, WhenFull when_full) {
  if (auto within = check_batch(batch, tables()); !within.ok()) return done(within.error());
  if (auto refusal = standing_refusal()) return answer(done, *std::move(refusal), false);
  const Fault fault = (*plan_)(StoreCall::kCommit);
  const Error unknown{Code::kStoreUnknownResult, "an injected fault"};
  switch (fault) {
    case Fault::kError:
      return answer(done, Error{Code::kStoreFailed, "an injected fault"}, false);
    case Fault::kFullDisk: {
      {
        const std::lock_guard lock(mutex_);
        full_disk_ = true;
      }
      return answer(done, Error{Code::kStoreNoSpace, "an injected full disk"}, false);
    }
    case Fault::kUnknownLost:
    case Fault::kUnknownApplied: {
      {
        const std::lock_guard lock(mutex_);
        unknown_ = true;
      }
      if (fault == Fault::kUnknownLost) return answer(done, unknown, false);
      inner_->submit(
          std::move(batch), durability,
          [this, done, unknown](const proto::Result<Version>& result) {
            answer(done, result.ok() ? proto::Result<Version>(unknown) : result, false);
          },
          when_full);
      return;
    }
    case Fault::kNone:
    case Fault::kLate:
      inner_->submit(
          std::move(batch), durability,
          [this, done, late = fault == Fault::kLate](proto::Result<Version> result) {
            answer(done, std::move(result), late);
          },
          when_full);
  }
}

std::size_t FaultyStore::release_late(std::size_t count) {
  std::size_t given = 0;
  for (; given < count; ++given) {
    std::unique_lock lock(mutex_);
    if (held_.empty()) {
      holding_ = false;
      break;
    }
    Held next = std::move(held_.front());
    held_.pop_front();
    lock.unlock();
    next.done(std::move(next.result));
  }
  return given;
}

void FaultyStore::reopen() {
  const std::lock_guard lock(mutex_);
  unknown_ = false;
}

void FaultyStore::make_room() {
  const std::lock_guard lock(mutex_);
  full_disk_ = false;
}

proto::Status FaultyStore::crash() {
  power_.cut();
  inner_.reset();
  power_.restore();
  {
    const std::lock_guard lock(mutex_);
    held_.clear();
    holding_ = full_disk_ = unknown_ = false;
  }
  COMITY_TRY(inner_, power_.open());
  return {};
}

proto::Result<std::unique_ptr<View>> FaultyStore::snapshot() {
  COMITY_CHECK(strike(StoreCall::kSnapshot));
  COMITY_TRY(auto view, inner_->snapshot());
  return std::unique_ptr<View>(new FaultyView(std::move(view), plan_));
}

proto::Status FaultyStore::sync() {
  COMITY_CHECK(strike(StoreCall::kSync));
  return inner_->sync();
}

proto::Result<ChangePage> FaultyStore::changes(Version after, std::size_t limit, Shown shown) {
  COMITY_CHECK(strike(StoreCall::kChanges));
  return inner_->changes(after, limit, shown);
}

proto::Status FaultyStore::trim_changes(Version upto) {
  return inner_->trim_changes(upto);
}

proto::Status FaultyStore::checkpoint(const std::string& path) {
  COMITY_CHECK(strike(StoreCall::kCheckpoint));
  return inner_->checkpoint(path);
}

proto::Result<Verified> FaultyStore::verify(Depth depth, const Verifying& verifying) {
  COMITY_CHECK(strike(StoreCall::kVerify));
  return inner_->verify(depth, verifying);
}

proto::Status FaultyStore::compact(const Range& range) {
  COMITY_CHECK(strike(StoreCall::kCompact));
  return inner_->compact(range);
}

Stats FaultyStore::stats() {
  Stats stats = inner_->stats();
  if (auto refusal = standing_refusal()) stats.read_only = std::move(refusal);
  return stats;
}

Caps FaultyStore::caps() const {
  Caps caps = inner_->caps();
  caps.name = "faulty(" + caps.name + ")";
  return caps;
}

proto::Status FaultyStore::close() {
  release_late();
  return inner_->close();
}

}  // namespace comity::storage
