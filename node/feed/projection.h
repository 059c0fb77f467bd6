// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "comity/v1/content.pb.h"

#include "node/feed/header.h"
#include "storage/batch.h"
#include "storage/table.h"

namespace comity::feed {

/// What a projection may build on: facts of one entry that never change once it is stored, so that rebuilding
/// yields the same rows in whatever order entries once came.
struct EntryFacts {
  const Header& header;
  const SpaceId& space;
  WallTime received{};
  bool ahead = false;   ///< its clock was ahead(): it sorts by `received`
  ByteView clear_body;  ///< of kinds whose body is not sealed as a whole; else empty
};

/// A table derived from entries, always rebuildable (see reindex.h). Synchronous ones add their rows to the
/// batch that stores the entry; a few small rows at most, and no reads.
class Projection {
 public:
  Projection() = default;
  Projection(const Projection&) = delete;
  Projection& operator=(const Projection&) = delete;
  virtual ~Projection() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Rises when apply() begins to write other rows; the node then rebuilds.
  [[nodiscard]] virtual std::uint32_t version() const = 0;
  /// The tables that it alone writes.
  [[nodiscard]] virtual std::vector<storage::TableInfo> tables() const = 0;
  /// Adds the rows of one entry. Owner thread.
  virtual void apply(const EntryFacts& facts, storage::Batch& rows) const = 0;
};

/// Those that take part in the batch of every entry, in their order. Not owned.
using Projections = std::span<const Projection* const>;

/// kBySpace: lists, counts and pages of a space.
class BySpace final : public Projection {
 public:
  [[nodiscard]] std::string_view name() const override { return "by_space"; }
  [[nodiscard]] std::uint32_t version() const override { return 2; }
  [[nodiscard]] std::vector<storage::TableInfo> tables() const override;
  void apply(const EntryFacts& facts, storage::Batch& rows) const override;
};

/// The kind in a row of kBySpace. Errors: kFeedDamaged.
[[nodiscard]] Result<v1::Kind> decode_by_space(ByteView key, ByteView value);

/// kWithdrawals: one row for each WITHDRAW entry. Whether it has the right is judged when it is read, since
/// roles and targets may become known later.
class Withdrawals final : public Projection {
 public:
  [[nodiscard]] std::string_view name() const override { return "withdrawals"; }
  [[nodiscard]] std::uint32_t version() const override { return 2; }
  [[nodiscard]] std::vector<storage::TableInfo> tables() const override;
  void apply(const EntryFacts& facts, storage::Batch& rows) const override;
};

/// Whose word a row of kWithdrawals is.
struct WithdrawalRow {
  AgencyId by;
  v1::WithdrawReason reason = v1::WITHDRAW_REASON_NONE;
};
/// Errors: kFeedDamaged.
[[nodiscard]] Result<WithdrawalRow> decode_withdrawal(ByteView key, ByteView value);

}  // namespace comity::feed
