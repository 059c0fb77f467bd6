// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <vector>

#include "crypto/ed25519.h"
#include "node/feed/chain_builder.h"
#include "node/feed/reindex.h"
#include "storage/migrate.h"
#include "test/unit/feed/author.h"

namespace comity::crash {

/// Rows that migrations count up; of no feed.
inline constexpr storage::Table<std::uint32_t> kSlots(
    {.prefix = 0x60, .name = "slots", .why = "Rows that migrations count up.", .value = "u32 big-endian"},
    {"slot"});
inline constexpr std::uint32_t kSlotCount = 20;

[[nodiscard]] storage::Tables feed_tables();
[[nodiscard]] storage::Batch slots_batch();
[[nodiscard]] std::vector<storage::Migration> slot_migrations(std::uint32_t schema);

/// The agency whose node is killed, and those that it hears from: the same for a seed in every process.
class Cast {
 public:
  explicit Cast(std::uint64_t seed);
  Cast(const Cast&) = delete;
  Cast& operator=(const Cast&) = delete;

  feed::test::SeededRandom random;
  proto::AgencyId self;
  crypto::Ed25519KeyPair pair;
  proto::KeyId key_id;
  crypto::Key32 storage_key;
  proto::SpaceId inside;
  proto::SpaceId shared;
  std::vector<proto::AgencyId> readers{};  ///< possible ones of the shared space, ascending
  feed::test::KnownSigners signers;

  /// Another agency's whole feed, good and quarantined entries mixed, and another entry at its last place.
  struct Other {
    feed::test::Author author;
    std::vector<feed::test::Made> entries{};
    feed::test::Made fork{};
  };
  std::vector<std::unique_ptr<Other>> others{};
};

/// The projections of the workload.
struct Derived {
  feed::BySpace by_space;
  feed::Withdrawals withdrawals;
  feed::SpaceCounts counts;
  std::vector<const feed::Projection*> synchronous{&by_space, &withdrawals};
  std::vector<const feed::Follower*> followers{&counts};
};

}  // namespace comity::crash
