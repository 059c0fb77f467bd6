// SPDX-License-Identifier: EUPL-1.2
// Random work on every adapter beside a model that is too simple to be wrong. COMITY_SEEDS sets how many
// seeds.
#include <algorithm>
#include <cstdlib>
#include <future>
#include <map>

#include <doctest/doctest.h>

#include "storage/changes.h"
#include "storage/check.h"
#include "test/splitmix.h"
#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

using proto::Code;
using proto::raw;

/// The whole state after each version.
struct Model {
  using Rows = std::map<Bytes, Bytes, KeyOrder>;
  std::map<Version, Rows> states;
  std::map<Version, Change> changes;
  std::map<Bytes, Version, KeyOrder> ids;
  Version latest{};

  [[nodiscard]] const Rows& rows() const { return states.at(latest); }

  [[nodiscard]] bool holds(const Guard& guard) const {
    const auto row = rows().find(guard.key);
    if (guard.kind == Guard::Kind::kAbsent) return row == rows().end();
    if (row == rows().end()) return false;
    return guard.kind == Guard::Kind::kPresent || proto::equal(row->second, guard.value);
  }

  /// The version, or nothing when a guard fails.
  std::optional<Version> commit(const Batch& batch) {
    const Bytes id = proto::to_bytes(batch.id().view());
    if (!batch.id().is_zero() && ids.contains(id)) return ids.at(id);
    for (std::size_t i = 0; i < batch.guard_count(); ++i) {
      if (!holds(batch.guard(i))) return std::nullopt;
    }
    Rows next = rows();
    for (std::size_t i = 0; i < batch.op_count(); ++i) {
      const Op op = batch.op(i);
      if (op.kind == OpKind::kPut) {
        next[proto::to_bytes(op.key)] = proto::to_bytes(op.value);
      } else if (op.kind == OpKind::kErase) {
        next.erase(proto::to_bytes(op.key));
      } else {
        next.erase(next.lower_bound(op.key), next.lower_bound(op.value));
      }
    }
    latest = Version{raw(latest) + 1};
    states[latest] = std::move(next);
    changes[latest] = change_of(batch, latest, test_tables());
    if (!batch.id().is_zero()) ids[id] = latest;
    return latest;
  }

  void lose_after(Version version) {
    states.erase(states.upper_bound(version), states.end());
    changes.erase(changes.upper_bound(version), changes.end());
    std::erase_if(ids, [&](const auto& entry) { return entry.second > version; });
    latest = version;
  }
};

class Run {
 public:
  Run(Adapter& adapter, std::uint64_t seed) : adapter_(adapter), prng_(seed) {
    options_.committer = seed % 2 == 0 ? Committer::kThread : Committer::kCaller;
    store_ = must(adapter_.open(options_));
    model_.latest = store_->stats().version;
    Model::Rows& rows = model_.states[model_.latest];
    for (const Row& row : all_rows(*must(store_->snapshot()), store_->tables()))
      rows[row.key] = row.value;
    first_ = model_.latest;
    durable_ = model_.latest;
  }

  void step() {
    switch (prng_.below(16)) {
      case 0:
        return open_view();
      case 1:
        return check_views();
      case 2:
        return check_stream();
      case 3:
        return prng_.one_in(4) ? reopen(prng_.one_in(2)) : check_scan();
      case 4:
        return check_scan();
      case 5:
        return prng_.one_in(8) ? compact() : check_get();
      case 6:
        if (!prng_.one_in(4)) return;
        must(store_->sync());
        durable_ = model_.latest;
        return;
      default:
        return commit_some();
    }
  }

  void check_everything() {
    const auto view = must(store_->snapshot());
    CHECK(must(view->version()) == model_.latest);
    compare(*view, model_.latest);
    CHECK(must(store_->verify(Depth::kRows, {})).damages == 0);
  }

 private:
  Bytes random_key() {
    NoteId id;
    id.writable()[0] = static_cast<std::byte>(prng_.below(3));
    id.writable()[7] = static_cast<std::byte>(prng_.below(4));
    switch (prng_.below(4)) {
      case 0:
        return kBodies.key(id);
      case 1:
        return kSecrets.key(id);
      case 2:
        return kNewest.key(std::string(prng_.below(3), 'w'), {prng_.below(4)});
      default:
        return note(static_cast<std::uint32_t>(prng_.below(3)), prng_.below(12));
    }
  }
  Bytes random_value() {
    Bytes value(prng_.one_in(20) ? prng_.below(20000) : prng_.below(12));
    for (auto& byte : value)
      byte = static_cast<std::byte>(prng_.next() & 0xffU);
    return value;
  }

  Batch random_batch() {
    BatchId id;
    if (prng_.one_in(2)) id.writable()[15] = static_cast<std::byte>(1 + prng_.below(200));
    Batch batch(id);
    for (std::uint64_t i = prng_.below(3); i > 0 && !prng_.one_in(3); --i) {
      const Bytes key = random_key();
      const auto row = model_.rows().find(key);
      const bool exists = row != model_.rows().end();
      const bool lie = prng_.one_in(6);
      if (prng_.one_in(2) && exists) {
        batch.expect_equal(key, lie ? random_value() : row->second);
      } else if (exists != lie) {
        batch.expect_present(key);
      } else {
        batch.expect_absent(key);
      }
    }
    for (std::uint64_t i = 1 + prng_.below(6); i > 0; --i) {
      Bytes key = random_key();
      if (prng_.one_in(10)) {
        Bytes end = random_key();
        if (KeyOrder()(end, key)) std::swap(key, end);
        if (end[0] == key[0] && end != key) batch.erase_range(key, end);
      } else if (prng_.one_in(4)) {
        batch.erase(key);
      } else {
        batch.put(key, random_value());
      }
    }
    if (batch.empty()) batch.put(note(0, 0), {});
    return batch;
  }

  /// Several without waiting, so that groups form; the model takes them one by one.
  void commit_some() {
    std::vector<std::optional<Version>> expected;
    std::vector<std::promise<proto::Result<Version>>> answers(1 + prng_.below(5));
    for (auto& answer : answers) {
      Batch batch = random_batch();
      expected.push_back(model_.commit(batch));
      const auto durability = prng_.one_in(3) ? Durability::kSynced : Durability::kBuffered;
      // The group that it becomes part of decides what else is synced; what follows it in time certainly is
      // not less durable. So only the lower limit is known.
      if (durability == Durability::kSynced && expected.back())
        durable_ = std::max(durable_, *expected.back());
      store_->submit(
          std::move(batch), durability,
          [&answer](proto::Result<Version> result) { answer.set_value(std::move(result)); }, WhenFull::kWait);
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto result = answers[i].get_future().get();
      if (expected[i]) {
        CHECK(must(result) == *expected[i]);
      } else {
        CHECK(code_of(result) == Code::kStoreGuardFailed);
      }
    }
  }

  void open_view() {
    if (views_.size() == 4) views_.erase(views_.begin() + static_cast<std::ptrdiff_t>(prng_.below(4)));
    views_.emplace_back(must(store_->snapshot()), model_.latest);
  }
  void check_views() {
    for (const auto& [view, version] : views_)
      compare(*view, version);
  }
  void compare(const View& view, Version version) {
    std::vector<Row> expected;
    for (const auto& [key, value] : model_.states.at(version))
      expected.push_back({key, value});
    CHECK(all_rows(view, store_->tables()) == expected);
  }

  void check_get() {
    const auto view = must(store_->snapshot());
    const Bytes key = random_key();
    const auto row = model_.rows().find(key);
    CHECK(must(view->get(key)) ==
          (row == model_.rows().end() ? std::nullopt : std::optional<Bytes>(row->second)));
  }

  void check_scan() {
    Bytes begin = random_key();
    Bytes end = random_key();
    if (KeyOrder()(end, begin)) std::swap(begin, end);
    if (end[0] != begin[0]) end = prefix_range(Bytes{begin[0]}).end;
    if (end == begin) end = key_after(begin);
    Scan scan{{begin, end}, 1 + prng_.below(5), 1 + prng_.below(30), prng_.one_in(2)};
    const auto view = must(store_->snapshot());
    std::vector<Row> seen;
    while (true) {
      Page page = must(view->scan(scan));
      seen.insert(seen.end(), page.rows.begin(), page.rows.end());
      if (!page.rest) break;
      scan.range = *page.rest;
    }
    std::vector<Row> expected;
    const auto last = model_.rows().lower_bound(end);
    for (auto row = model_.rows().lower_bound(begin); row != last; ++row)
      expected.push_back({row->first, row->second});
    if (scan.reverse) std::reverse(expected.begin(), expected.end());
    CHECK(seen == expected);
  }

  void check_stream() {
    Version after{raw(first_) + prng_.below(raw(model_.latest) - raw(first_) + 1)};
    const Version start = after;
    std::vector<Change> seen;
    while (true) {
      ChangePage page = must(store_->changes(after, 1 + prng_.below(6)));
      for (Change& change : page.batches)
        seen.push_back(std::move(change));
      after = page.upto;
      if (!page.more) break;
    }
    CHECK(after >= std::max(start, durable_));
    std::vector<Change> expected;
    for (auto change = model_.changes.upper_bound(start);
         change != model_.changes.end() && change->first <= after; ++change) {
      if (!change->second.keys.empty()) expected.push_back(change->second);
    }
    CHECK(seen == expected);
  }

  void compact() {
    const auto status = store_->compact(prefix_range(Bytes{random_key()[0]}));
    if (views_.empty()) must(status);
  }

  void reopen(bool crash) {
    views_.clear();
    if (crash) {
      adapter_.crash(std::move(store_));
    } else {
      must(store_->close());
      durable_ = model_.latest;
    }
    store_.reset();
    store_ = must(adapter_.open(options_));
    const Version version = store_->stats().version;
    CHECK(version >= durable_);
    CHECK(version <= model_.latest);
    model_.lose_after(version);
    durable_ = version;
    CHECK(store_->stats().clean_start == !crash);
    check_everything();
  }

  Adapter& adapter_;
  comity::test::SplitMix prng_;
  AdapterOptions options_;
  std::unique_ptr<Store> store_;
  Model model_;
  std::vector<std::pair<std::unique_ptr<View>, Version>> views_;
  Version first_{};
  Version durable_{};
};

TEST_CASE("random work: every adapter does what the model does") {
  const char* wanted = std::getenv("COMITY_SEEDS");
  const std::uint64_t seeds = wanted == nullptr ? 6 : std::strtoull(wanted, nullptr, 10);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    std::vector<std::unique_ptr<Adapter>> adapters;
    adapters.push_back(memory_adapter());
    adapters.push_back(rocks_in_memory(seed));
    if (seed == 1) adapters.push_back(rocks_on_disk());  // real syncs are slow
    for (const auto& adapter : adapters) {
      const std::string adapter_name = adapter->name();
      CAPTURE(adapter_name);
      CAPTURE(seed);
      Run run(*adapter, seed);
      for (int i = 0; i < 250; ++i)
        run.step();
      run.check_everything();
    }
  }
}

}  // namespace
}  // namespace comity::storage::test
