// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/feed/recent.h"
#include "storage/store.h"

namespace comity::feed {

/// An entry as a follower sees it.
struct FollowedEntry {
  StoredHeader stored;
  SpaceId space;
};

/// A projection that follows the change stream at its own pace. Its position and its rows share a batch, so
/// that each entry counts once whatever happens in between.
class Follower {
 public:
  Follower() = default;
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  virtual ~Follower() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual std::uint32_t version() const = 0;
  [[nodiscard]] virtual std::vector<storage::TableInfo> tables() const = 0;
  /// Adds the rows of these entries, each new to it, at most 600 of them; `view` shows its own rows as the
  /// last batch left them. Called with none as well: then it may go on with work that it left, and it is
  /// called again until it adds no row.
  [[nodiscard]] virtual Status apply(std::span<const FollowedEntry> entries, const storage::View& view,
                                     storage::Batch& rows) const = 0;
  /// These entries went into quarantine or out of it, whatever holds now; `view` may show the state of later
  /// changes. Called after apply(), perhaps more than once for an entry, and for entries of the same batch.
  [[nodiscard]] virtual Status judge(std::span<const FollowedEntry> /*entries*/,
                                     const storage::View& /*view*/, storage::Batch& /*rows*/) const {
    return {};
  }
  /// The bodies of these entries were erased: rows that were made from them go too. Called after apply(),
  /// perhaps more than once for an entry. Most followers read no body.
  [[nodiscard]] virtual Status erase(std::span<const FollowedEntry> /*entries*/,
                                     const storage::View& /*view*/, storage::Batch& /*rows*/) const {
    return {};
  }
};

/// kSpaceCounts: what `status` and the lists of spaces count.
class SpaceCounts final : public Follower {
 public:
  [[nodiscard]] std::string_view name() const override { return "space_counts"; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }
  [[nodiscard]] std::vector<storage::TableInfo> tables() const override;
  [[nodiscard]] Status apply(std::span<const FollowedEntry> entries, const storage::View& view,
                             storage::Batch& rows) const override;
};

struct SpaceCount {
  std::uint64_t entries = 0;
  std::uint64_t content = 0;
  std::uint64_t body_bytes = 0;  ///< stored bodies, as their headers state them

  friend bool operator==(const SpaceCount&, const SpaceCount&) = default;
};
/// What a space holds of one agency. Errors: kFeedDamaged and those of the store.
[[nodiscard]] Result<SpaceCount> space_count(const storage::View& view, const SpaceId& space,
                                             const AgencyId& agency);

/// Which version the rows of a projection are of, and up to where it followed the store.
struct ProjectionState {
  std::uint32_t version = 0;  ///< 0: never built, or a rebuilding was interrupted
  storage::Version position{};
};
[[nodiscard]] Result<ProjectionState> projection_state(const storage::View& view, std::string_view name);
void put_projection_state(storage::Batch& batch, std::string_view name, const ProjectionState& state);

/// Lets the follower see the next page of changes, or go on with what it left. True when more wait. One
/// caller at a time for each follower. Errors: kFeedReindex when it was never built or is of another version;
/// kStoreChangesTruncated when the stream no longer reaches back to its position, so that it has to be
/// rebuilt; kFeedDamaged; those of the store.
[[nodiscard]] Result<bool> follow(storage::Store& store, const Follower& follower);

/// The same for several: those that stand at one place of the stream share its page and one batch. The error
/// of one does not hold back the others; the first error is told when all have had their turn.
[[nodiscard]] Result<bool> follow(storage::Store& store, std::span<const Follower* const> followers,
                                  const Recent* recent = nullptr);

}  // namespace comity::feed
