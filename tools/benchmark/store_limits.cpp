// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/store_limits.h"

#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include "crypto/ed25519.h"
#include "crypto/random.h"
#include "node/feed/pack.h"
#include "node/feed/tables.h"
#include "storage/rocks/status.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

using proto::Bytes;
using storage::Family;
using storage::to_slice;

constexpr std::size_t kSyncs = 200;
constexpr std::size_t kSignatures = 2000;

void require(const rocksdb::Status& status) {
  if (!status.ok()) give_up({proto::Code::kStoreFailed, status.ToString()});
}

}  // namespace

SyncProbe::SyncProbe(const std::filesystem::path& directory)
    : file_(directory / "sync-probe"),
      descriptor_(::open(file_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) {
  if (descriptor_ < 0) give_up({proto::Code::kStoreFailed, file_.string()});
}

SyncProbe::~SyncProbe() {
  ::close(descriptor_);
  std::filesystem::remove(file_);
}

double SyncProbe::once_us(std::size_t bytes) {
  Bytes data(bytes);
  crypto::SystemRandom().fill(data);
  if (::write(descriptor_, data.data(), data.size()) < 0)
    give_up({proto::Code::kStoreNoSpace, file_.string()});
  const Stopwatch watch;
  if (::fdatasync(descriptor_) != 0) give_up({proto::Code::kStoreFailed, file_.string()});
  return watch.wall() * 1e6;
}

void add_machine_limits(Report& report, const std::filesystem::path& directory,
                        const std::vector<std::string>& texts) {
  report.doing("the machine's limits");
  report.add({.name = "processor cores", .value = static_cast<double>(std::thread::hardware_concurrency())});
  SyncProbe probe(directory);
  for (const std::size_t bytes : {std::size_t{4} << 10U, std::size_t{128} << 10U, std::size_t{512} << 10U}) {
    std::vector<double> times;
    for (std::size_t i = 0; i < kSyncs; ++i)
      times.push_back(probe.once_us(bytes));
    report.add({.name = fmt::format("fdatasync after {} KiB, median", bytes >> 10U),
                .value = median_of(std::move(times)),
                .unit = "us"});
  }
  crypto::SystemRandom random;
  const auto pair = crypto::Ed25519KeyPair::generate(random);
  Bytes message(300);
  random.fill(message);
  crypto::Ed25519Signature signature;
  const Cost sign = cost_of(kSignatures, [&] {
    for (std::size_t i = 0; i < kSignatures; ++i)
      signature = pair.sign(message);
  });
  report.add({.name = "Ed25519 sign, 300 B", .value = sign.processor_us(), .unit = "us"});
  const Cost verify = cost_of(kSignatures, [&] {
    for (std::size_t i = 0; i < kSignatures; ++i) {
      if (!crypto::ed25519_verify(pair.public_key(), message, signature)) std::abort();
    }
  });
  report.add({.name = "Ed25519 verify, 300 B", .value = verify.processor_us(), .unit = "us"});

  std::size_t plain = 0;
  std::size_t packed = 0;
  const Cost pack = cost_of(texts.size(), [&] {
    for (const std::string& text : texts) {
      plain += text.size();
      packed += must(feed::pack(proto::as_bytes(text))).size();
    }
  });
  report.add({.name = "zstd level 3 of one body",
              .value = pack.processor_us(),
              .unit = "us",
              .note = fmt::format("{:.0f} MB/s; mean body {} B, compressed {} B",
                                  static_cast<double>(plain) / 1e6 / pack.processor, plain / texts.size(),
                                  packed / texts.size())});
  report.add({.name = "compression ratio of the bodies",
              .value = static_cast<double>(plain) / static_cast<double>(packed),
              .note = "mail of technical lists: 1.97 and 2.30"});
}

BareCommitter::BareCommitter(const std::filesystem::path& directory, std::size_t memory_limit) {
  storage::RocksSetup setup = storage::make_setup({.memory_limit = memory_limit});
  setup.db.create_if_missing = true;
  setup.db.create_missing_column_families = true;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (std::size_t i = 0; i < storage::kFamilies; ++i)
    descriptors.emplace_back(std::string(storage::kFamilyNames[i]), setup.families[i]);
  rocksdb::DB* db = nullptr;
  require(rocksdb::DB::Open(setup.db, directory.string(), descriptors, &families_, &db));
  db_.reset(db);
}

BareCommitter::~BareCommitter() {
  for (auto* family : families_)
    (void)db_->DestroyColumnFamilyHandle(family);
}

BareCommitter::Rows BareCommitter::rows_of(const v1::Entry& entry, const proto::SpaceId& space) {
  const feed::Header header = must(feed::read_header(proto::as_bytes(entry.header())));
  Bytes header_row(17);  // flags, time and check
  proto::append(header_row, proto::as_bytes(entry.sig()));
  proto::append(header_row, proto::as_bytes(entry.header()));
  Bytes body_row = proto::to_bytes(proto::as_bytes(entry.body()));
  body_row.resize(body_row.size() + crypto::kAeadTagBytes);
  Bytes key_row(40);
  crypto::SystemRandom().fill(key_row);
  Rows rows;
  rows.push_back({Family::kRows, feed::kHeaders.key(header.feed, header.seq), std::move(header_row)});
  rows.push_back({Family::kBodies, feed::kBodies.key(header.feed, header.seq), std::move(body_row)});
  rows.push_back({Family::kKeys, feed::kBodyKeys.key(header.feed, header.seq), std::move(key_row)});
  rows.push_back({Family::kRows, feed::kEntries.key(feed::ref_of(header.id)),
                  proto::concat({header.feed.view(), proto::to_be(proto::raw(header.seq))})});
  rows.push_back({Family::kRows, feed::kBySpace.key(space, header.hlc, header.feed, header.seq), Bytes(1)});
  return rows;
}

void BareCommitter::write(const std::vector<Rows>& entries, std::size_t entries_a_batch) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  for (std::size_t at = 0; at < entries.size(); at += entries_a_batch) {
    rocksdb::WriteBatch batch;
    const std::size_t end = std::min(at + entries_a_batch, entries.size());
    for (std::size_t i = at; i < end; ++i) {
      for (const Row& row : entries[i])
        require(batch.Put(families_[static_cast<std::size_t>(row.family)], to_slice(row.key),
                          to_slice(row.value)));
    }
    // What a batch brings along: the state of its feed, and the keys of its headers.
    require(batch.Put(families_[0], to_slice(Bytes(33)), to_slice(Bytes(230))));
    Bytes change = proto::to_bytes(proto::to_be(++batches_));
    require(batch.Put(families_[static_cast<std::size_t>(Family::kChanges)], to_slice(change),
                      to_slice(Bytes(80 + 8 * (end - at)))));
    require(db_->Write(synced, &batch));
  }
}

}  // namespace comity::benchmark
