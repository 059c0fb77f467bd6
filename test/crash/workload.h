// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/migrate.h"
#include "storage/tables.h"

namespace comity::crash {

/// What the writing process does is a function of the seed and of the number of the batch: whoever knows how
/// many batches took effect knows every row.
inline constexpr storage::Table<std::uint32_t, std::uint64_t> kRows({.prefix = 0x10,
                                                                     .name = "rows",
                                                                     .why = "Small rows that come and go.",
                                                                     .value = "random bytes",
                                                                     .streamed = true},
                                                                    {"group", "number"});
inline constexpr storage::Table<std::uint64_t> kBodies(
    {.prefix = 0x11,
     .name = "bodies",
     .why = "Large rows, with a key each in the table keys.",
     .value = "random bytes",
     .placement = storage::Placement::kBodies},
    {"number"});
inline constexpr storage::Table<std::uint64_t> kKeys({.prefix = 0x12,
                                                      .name = "keys",
                                                      .why = "One for each body.",
                                                      .value = "random bytes",
                                                      .placement = storage::Placement::kKeys},
                                                     {"number"});
/// Written by migrations only: each adds one to the number in every row.
inline constexpr storage::Table<std::uint32_t> kVault(
    {.prefix = 0x13, .name = "vault", .why = "Rows that migrations count up.", .value = "u32 big-endian"},
    {"slot"});
/// One row: the number of the last batch that took effect.
inline constexpr storage::Table<std::uint8_t> kProgress({.prefix = 0x14,
                                                         .name = "progress",
                                                         .why = "How far the work has come.",
                                                         .value = "u64 big-endian",
                                                         .streamed = true},
                                                        {"always_zero"});

inline constexpr std::uint32_t kVaultSlots = 40;

[[nodiscard]] storage::Tables crash_tables();

/// Batch `number` (from 1) of the work with this seed: guarded by the one before, named by its number.
[[nodiscard]] storage::Batch batch_of(std::uint64_t seed, std::uint64_t number);
/// Whether that batch is committed as synced.
[[nodiscard]] bool is_synced(std::uint64_t seed, std::uint64_t number);
/// The number in an id that batch_of() gave; 0 for others.
[[nodiscard]] std::uint64_t number_of(const storage::BatchId& id);

/// Fills the vault for schema 1; repeatable.
[[nodiscard]] storage::Batch vault_batch();
/// The migrations up to `schema`.
[[nodiscard]] std::vector<storage::Migration> migrations_to(std::uint32_t schema);

/// All rows after so many batches, vault and the store's own apart.
class Oracle {
 public:
  using Rows = std::map<storage::Bytes, storage::Bytes, storage::KeyOrder>;
  explicit Oracle(std::uint64_t seed) : seed_(seed) {}
  /// Precondition: `number` is not below that of the last call.
  [[nodiscard]] const Rows& after(std::uint64_t number);

 private:
  const std::uint64_t seed_;
  std::uint64_t number_ = 0;
  Rows rows_;
};

}  // namespace comity::crash
