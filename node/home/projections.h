// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>

#include "node/feed/reindex.h"

namespace comity::home {

/// What every program that opens a node's store derives from its entries. Immutable; any thread.
class NodeProjections {
 public:
  /// Those that take part in the batch of every entry.
  [[nodiscard]] feed::Projections synchronous() const noexcept { return synchronous_; }
  /// Those that follow the change stream.
  [[nodiscard]] feed::Followers followers() const noexcept { return followers_; }

 private:
  feed::BySpace by_space_;
  feed::Withdrawals withdrawals_;
  feed::SpaceCounts space_counts_;
  std::array<const feed::Projection*, 2> synchronous_{&by_space_, &withdrawals_};
  std::array<const feed::Follower*, 1> followers_{&space_counts_};
};

}  // namespace comity::home
