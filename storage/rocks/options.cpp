// SPDX-License-Identifier: EUPL-1.2
#include "storage/rocks/options.h"

#include <algorithm>

#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "storage/rocks/log_ahead.h"

namespace comity::storage {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;
constexpr std::size_t kLeastMemory = 16 * kMiB;
constexpr double kFilterBits = 10;        // one false hit in a hundred
constexpr double kFilterOfBuffer = 0.02;  // about 16 bits a row

std::shared_ptr<rocksdb::TableFactory> table_factory(const std::shared_ptr<rocksdb::Cache>& cache,
                                                     std::size_t block_bytes, bool filtered) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = block_bytes;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  // Indexes and filters live in the cache, so that a million entries cost memory only where they are read.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  for (const auto role :
       {rocksdb::CacheEntryRole::kBlockBasedTableReader, rocksdb::CacheEntryRole::kFilterConstruction,
        rocksdb::CacheEntryRole::kFileMetadata}) {
    table.cache_usage_options.options_overrides[role].charged =
        rocksdb::CacheEntryRoleOptions::Decision::kEnabled;
  }
  if (filtered) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBits));
    table.optimize_filters_for_memory = true;
    // In pieces: a filter of a whole file is megabytes, and with a small cache each look-up read it anew.
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.metadata_block_size = 8 * kKiB;
  }
  return std::shared_ptr<rocksdb::TableFactory>(rocksdb::NewBlockBasedTableFactory(table));
}

rocksdb::ColumnFamilyOptions family(std::size_t buffer_bytes, rocksdb::CompressionType compression,
                                    std::shared_ptr<rocksdb::TableFactory> table) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = buffer_bytes;
  options.max_write_buffer_number = 3;
  options.compression = compression;
  options.bottommost_compression = compression;
  options.level_compaction_dynamic_level_bytes = true;
  options.table_factory = std::move(table);
  return options;
}

/// Keeps RocksDB from recovering on its own: it would look for room every five seconds, and refuse to be told
/// meanwhile that there is some. Health decides.
class NoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

}  // namespace

std::size_t write_buffer_bytes(std::size_t memory_limit) noexcept {
  return std::max(memory_limit, kLeastMemory) / 8 * 3;
}

RocksSetup make_setup(const RocksOptions& options, const Tables* tables) {
  const std::size_t memory = std::max(options.memory_limit, kLeastMemory);
  const std::size_t buffers = write_buffer_bytes(options.memory_limit);
  RocksSetup setup;
  rocksdb::LRUCacheOptions cache;
  cache.capacity = memory;
  cache.num_shard_bits = 4;  // a shard must hold the largest value many times over
  setup.cache = rocksdb::NewLRUCache(cache);

  rocksdb::DBOptions& db = setup.db;
  db.env = options.env == nullptr ? &log_ahead_env() : options.env;
  db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(buffers, setup.cache);
  db.max_background_jobs = options.background_jobs;
  db.max_total_wal_size = 2 * buffers;
  // One thread writes: the lock-free insertion that many would need only costs.
  db.allow_concurrent_memtable_write = false;
  // Damage in the middle of the log must not be taken for its end: what is missing then is compared with the
  // durable mark before anything of it is thrown away, hence no flush while opening or closing.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.avoid_flush_during_recovery = true;
  db.avoid_flush_during_shutdown = true;
  db.track_and_verify_wals_in_manifest = true;
  // Disposed bytes must vanish: no log file is kept or used again with its old content.
  db.recycle_log_file_num = 0;
  db.WAL_ttl_seconds = 0;
  db.WAL_size_limit_MB = 0;
  // A checksum over every byte of a table file, kept in the manifest: the blocks' own sums leave gaps.
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  db.listeners.push_back(std::make_shared<NoRecovery>());
  db.max_bgerror_resume_count = 0;
  db.info_log_level = rocksdb::WARN_LEVEL;
  db.max_log_file_size = kMiB;
  db.keep_log_file_num = 3;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;

  // Sealed bodies are random to a compressor and were compressed before sealing; keys are random themselves.
  const std::size_t buffer = buffers / 3;
  rocksdb::ColumnFamilyOptions& rows = setup.families[static_cast<std::size_t>(Family::kRows)];
  rows = family(buffer, rocksdb::kLZ4Compression, table_factory(setup.cache, 8 * kKiB, true));
  // Most of what is asked for is not among the newest rows, or nowhere.
  rows.memtable_whole_key_filtering = true;
  rows.memtable_prefix_bloom_size_ratio = kFilterOfBuffer;
  if (tables != nullptr) {
    setup.leading = std::make_shared<const LeadingFields>(*tables);
    rows.prefix_extractor = setup.leading;
  }
  setup.families[static_cast<std::size_t>(Family::kBodies)] =
      family(buffer, rocksdb::kNoCompression, table_factory(setup.cache, 16 * kKiB, false));
  setup.families[static_cast<std::size_t>(Family::kKeys)] =
      family(buffer / 4, rocksdb::kNoCompression, table_factory(setup.cache, 4 * kKiB, false));
  setup.families[static_cast<std::size_t>(Family::kChanges)] =
      family(buffer / 4, rocksdb::kLZ4Compression, table_factory(setup.cache, 16 * kKiB, false));
  return setup;
}

}  // namespace comity::storage
