// SPDX-License-Identifier: EUPL-1.2
#include "test/crash/checker.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "storage/changes.h"
#include "storage/rocks/rocks_store.h"
#include "storage/schema.h"

namespace comity::crash {
namespace {

using proto::Code;
using proto::raw;
using storage::Version;

storage::RocksOptions options() {
  storage::RocksOptions out;
  out.memory_limit = std::size_t{16} * 1024 * 1024;
  return out;
}

std::optional<std::uint64_t> read_progress(const storage::View& view) {
  const auto value = view.get(kProgress.key(0));
  if (!value.ok()) return std::nullopt;
  return *value ? proto::from_be<std::uint64_t>(**value) : 0;
}

}  // namespace

Checker::Checker(std::string directory, std::uint64_t seed)
    : directory_(std::move(directory)), seed_(seed), oracle_(seed) {}

void Checker::hear(const Report& report) {
  switch (report.kind) {
    case Report::Kind::kOpened:
      opened_once_ = true;
      if (report.number < must_have_)
        wrong(fmt::format("opened at {}, {} were answered", report.number, must_have_));
      return;
    case Report::Kind::kAnswer: {
      const auto [known, added] = versions_.try_emplace(report.number, report.version);
      if (!added && known->second != report.version) {
        wrong(fmt::format("batch {} had version {} and was given {}", report.number, known->second,
                          report.version));
      }
      last_answered_ = std::max(last_answered_, report.number);
      if (report.synced) last_synced_ = std::max(last_synced_, report.number);
      return;
    }
    case Report::Kind::kRefused:
      return wrong(fmt::format("batch {} was refused with CMY-{}", report.number, report.version));
    case Report::Kind::kWrong:
      return wrong(report.text);
    default:
      return;  // of the other workload
  }
}

std::vector<std::string> Checker::check(bool power_lost, bool on_copy) {
  must_have_ = std::max(must_have_, power_lost ? last_synced_ : last_answered_);
  std::string place = directory_;
  if (on_copy) {
    place += "-copy";
    std::filesystem::remove_all(place);
    if (std::filesystem::exists(directory_)) std::filesystem::copy(directory_, place);
  }
  auto opened = storage::RocksStore::open(place, crash_tables(), options());
  if (opened.ok()) {
    check_content(**opened);
    if (const auto closed = (*opened)->close(); !closed.ok())
      wrong("closing: " + proto::to_string(closed.error()));
  } else if (opened_once_ || opened.error().code != Code::kStoreMissing) {
    wrong("opening: " + proto::to_string(opened.error()));
  }
  check_checkpoint();
  return std::exchange(wrongs_, {});
}

void Checker::check_content(storage::Store& store) {
  const auto view = store.snapshot();
  if (!view.ok()) return wrong("no snapshot");
  const auto progress = read_progress(**view);
  if (!progress) return wrong("progress cannot be read");
  if (*progress < must_have_) {
    return wrong(fmt::format("{} batches are there, {} were acknowledged", *progress, must_have_));
  }
  // What is there now was recovered and must never be lost again; what is not there was lost for good.
  must_have_ = last_synced_ = last_answered_ = *progress;
  versions_.erase(versions_.upper_bound(*progress), versions_.end());
  check_rows(**view, oracle_, *progress);
  check_vault(store, **view);
  check_stream(store);
  check_damage(store);
  check_ids(store, *progress);
}

void Checker::check_rows(const storage::View& view, Oracle& oracle, std::uint64_t progress) {
  const Oracle::Rows& expected = oracle.after(progress);
  auto at = expected.begin();
  bool same = true;
  for (const storage::TableInfo* table : {&kRows.info(), &kBodies.info(), &kKeys.info(), &kProgress.info()}) {
    const auto walked = view.walk(storage::prefix_range(storage::Bytes{std::byte{table->prefix}}), false,
                                  [&](storage::ByteView key, storage::ByteView value) {
                                    same = at != expected.end() && proto::equal(at->first, key) &&
                                           proto::equal(at->second, value);
                                    if (same) ++at;
                                    return same;
                                  });
    if (!walked.ok()) return wrong("reading: " + proto::to_string(walked.error()));
    if (!same) break;
  }
  if (!same || at != expected.end()) {
    wrong(fmt::format("rows after {} batches differ at {}", progress,
                      at == expected.end() ? "the end" : storage::describe_key(crash_tables(), at->first)));
  }
}

void Checker::check_vault(storage::Store& store, const storage::View& view) {
  const auto info = storage::read_info(store);
  if (!info.ok()) return wrong("the stamp: " + proto::to_string(info.error()));
  const auto running = storage::meta::read_migration(view);
  if (!running.ok()) return wrong("the cursor: " + proto::to_string(running.error()));
  const std::uint32_t done = *running ? proto::from_be<std::uint32_t>((*running)->cursor) : 0;
  for (std::uint32_t slot = 0; slot < kVaultSlots; ++slot) {
    const auto value = view.get(kVault.key(slot));
    if (value.ok() && !*value && slot == 0 && info->stamp.schema == 1) return;  // not filled yet
    const std::uint32_t expected = info->stamp.schema + (slot < done ? 1 : 0);
    if (!value.ok() || !*value || proto::from_be<std::uint32_t>(**value) != expected) {
      return wrong(fmt::format("slot {} of the vault does not fit schema {} with {} slots done", slot,
                               info->stamp.schema, done));
    }
  }
}

void Checker::check_stream(storage::Store& store) {
  const auto tables = crash_tables();
  std::uint64_t last_number = 0;
  while (true) {
    const auto page = store.changes(Version{stream_at_}, 1000);
    if (!page.ok() && page.error().code == Code::kStoreChangesTruncated) {
      stream_at_ = raw(store.stats().first_change) - 1;
      continue;
    }
    if (!page.ok()) return wrong("the change stream: " + proto::to_string(page.error()));
    for (const storage::Change& change : page->batches) {
      const std::uint64_t number = number_of(change.id);
      if (number == 0 || (last_number != 0 && number != last_number + 1)) {
        return wrong(fmt::format("the stream has batch {} after {}", number, last_number));
      }
      last_number = number;
      if (change != storage::change_of(batch_of(seed_, number), change.version, tables)) {
        return wrong(fmt::format("the stream tells batch {} wrongly", number));
      }
      const auto answered = versions_.find(number);
      if (answered != versions_.end() && answered->second != raw(change.version)) {
        return wrong(fmt::format("the stream gives batch {} another version", number));
      }
    }
    stream_at_ = raw(page->upto);
    if (!page->more) break;
  }
  if (stream_at_ != raw(store.stats().version)) wrong("the stream ends before the store");
}

void Checker::check_ids(storage::Store& store, std::uint64_t progress) {
  const Version before = store.stats().version;
  for (std::uint64_t number = progress > 5 ? progress - 5 : 1; number <= progress; ++number) {
    const auto again = store.commit(batch_of(seed_, number));
    const auto answered = versions_.find(number);
    if (!again.ok() || (answered != versions_.end() && raw(*again) != answered->second)) {
      wrong(fmt::format("batch {} was not recognised", number));
    }
  }
  if (store.stats().version != before) wrong("a recognised batch was applied again");
}

void Checker::check_damage(storage::Store& store) {
  storage::Verifying verifying;
  verifying.found = [&](const storage::Damage& damage) {
    wrong(fmt::format("damage in {}: {}", damage.table, proto::to_string(damage.error)));
  };
  const auto verified = store.verify(storage::Depth::kRows, verifying);
  if (!verified.ok()) wrong("verify: " + proto::to_string(verified.error()));
}

void Checker::check_checkpoint() {
  const std::string path = directory_ + "-checkpoint";
  if (!std::filesystem::exists(path)) return;
  open_checkpoint(path);
  std::filesystem::remove_all(path);
}

void Checker::open_checkpoint(const std::string& path) {
  const auto opened = storage::RocksStore::open(path, crash_tables(), options());
  if (!opened.ok()) {
    if (opened.error().code != Code::kStoreIncomplete)
      wrong("the checkpoint: " + proto::to_string(opened.error()));
    return;
  }
  const auto view = (*opened)->snapshot();
  const auto progress = view.ok() ? read_progress(**view) : std::nullopt;
  if (!progress) return wrong("the checkpoint cannot be read");
  Oracle oracle(seed_);
  check_rows(**view, oracle, *progress);
}

}  // namespace comity::crash
