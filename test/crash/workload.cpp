// SPDX-License-Identifier: EUPL-1.2
#include "test/crash/workload.h"

#include <algorithm>

#include "test/splitmix.h"

namespace comity::crash {
namespace {

using storage::Batch;
using storage::Bytes;
using storage::ByteView;
using test::SplitMix;

constexpr std::uint32_t kGroups = 8;
constexpr std::uint64_t kRowsOfGroup = 200;
constexpr std::uint32_t kSlotsOfStep = 6;

SplitMix draws_of(std::uint64_t seed, std::uint64_t number) {
  return SplitMix(seed * 0x100000001b3U + number);
}

Bytes random_bytes(SplitMix& draws, std::size_t size) {
  Bytes bytes(size);
  for (auto& byte : bytes)
    byte = static_cast<std::byte>(draws.next() & 0xffU);
  return bytes;
}

Bytes number_bytes(std::uint64_t number) {
  const auto bytes = proto::to_be(number);
  return {bytes.begin(), bytes.end()};
}

void add_random_op(Batch& batch, SplitMix& draws, std::uint64_t number) {
  const auto group = static_cast<std::uint32_t>(draws.below(kGroups));
  const std::uint64_t row = draws.below(kRowsOfGroup);
  const std::uint64_t other = 1 + draws.below(number);
  switch (draws.below(12)) {
    case 0:
      batch.erase_range(kRows.key(group, row), kRows.key(group, row + 1 + draws.below(20)));
      break;
    case 1:
      batch.erase(kRows.key(group, row));
      break;
    case 2:  // dispose
      batch.erase(kBodies.key(other)).erase(kKeys.key(other));
      break;
    case 3:
    case 4:
      batch.put(kBodies.key(number), random_bytes(draws, draws.one_in(20) ? 60000 : 200 + draws.below(3000)));
      batch.put(kKeys.key(number), random_bytes(draws, 32));
      break;
    default:
      batch.put(kRows.key(group, row), random_bytes(draws, draws.below(60)));
  }
}

/// Counts six slots up; the cursor is the next slot.
proto::Result<storage::MigrationStep> count_up(const storage::View& view, ByteView cursor) {
  const std::uint32_t first = cursor.empty() ? 0 : proto::from_be<std::uint32_t>(cursor);
  const std::uint32_t end = std::min(kVaultSlots, first + kSlotsOfStep);
  storage::MigrationStep step;
  for (std::uint32_t slot = first; slot < end; ++slot) {
    COMITY_TRY(const auto value, view.get(kVault.key(slot)));
    if (!value) return proto::Error{proto::Code::kStoreCorrupt, "a slot is missing"};
    step.batch.put(kVault.key(slot), proto::to_be(proto::from_be<std::uint32_t>(*value) + 1));
  }
  if (end < kVaultSlots) {
    const auto next = proto::to_be(end);
    step.cursor = Bytes(next.begin(), next.end());
  }
  return step;
}

}  // namespace

storage::Tables crash_tables() {
  return storage::Tables({kRows.info(), kBodies.info(), kKeys.info(), kVault.info(), kProgress.info()});
}

Batch batch_of(std::uint64_t seed, std::uint64_t number) {
  storage::BatchId id;
  const auto name = proto::to_be(number);
  std::copy(name.begin(), name.end(), id.writable().begin());
  id.writable().back() = std::byte{1};
  Batch batch(id);
  const Bytes progress = kProgress.key(0);
  if (number == 1) {
    batch.expect_absent(progress);
  } else {
    batch.expect_equal(progress, number_bytes(number - 1));
  }
  SplitMix draws = draws_of(seed, number);
  for (std::uint64_t i = 1 + draws.below(8); i > 0; --i)
    add_random_op(batch, draws, number);
  batch.put(progress, number_bytes(number));
  return batch;
}

bool is_synced(std::uint64_t seed, std::uint64_t number) {
  return !draws_of(seed ^ 0xff, number).one_in(4);
}

std::uint64_t number_of(const storage::BatchId& id) {
  return id.view().back() == std::byte{1} ? proto::from_be<std::uint64_t>(id.view()) : 0;
}

Batch vault_batch() {
  Batch batch;
  batch.expect_absent(kVault.key(0));
  for (std::uint32_t slot = 0; slot < kVaultSlots; ++slot)
    batch.put(kVault.key(slot), proto::to_be(std::uint32_t{1}));
  return batch;
}

std::vector<storage::Migration> migrations_to(std::uint32_t schema) {
  std::vector<storage::Migration> list;
  for (std::uint32_t number = 2; number <= schema; ++number) {
    list.push_back({number, "count_up", "Gives a killed process something to go on with.", count_up});
  }
  return list;
}

const Oracle::Rows& Oracle::after(std::uint64_t number) {
  while (number_ < number) {
    const Batch batch = batch_of(seed_, ++number_);
    for (std::size_t i = 0; i < batch.op_count(); ++i) {
      const storage::Op op = batch.op(i);
      if (op.kind == storage::OpKind::kPut) {
        rows_[proto::to_bytes(op.key)] = proto::to_bytes(op.value);
      } else if (op.kind == storage::OpKind::kErase) {
        rows_.erase(proto::to_bytes(op.key));
      } else {
        rows_.erase(rows_.lower_bound(op.key), rows_.lower_bound(op.value));
      }
    }
  }
  return rows_;
}

}  // namespace comity::crash
