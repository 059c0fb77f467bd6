// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <array>

#include "node/community/posts/conversations.h"
#include "node/community/spaces/projections.h"
#include "node/federation/sync/receipts.h"
#include "node/feed/reindex.h"

namespace comity::home {

/// What every program that opens a node's store derives from its entries. Immutable; any thread.
class NodeProjections {
 public:
  /// `self` is the node's agency; `storage_key` outlives the object; `recent` may be nothing.
  NodeProjections(const proto::AgencyId& self, const crypto::Key32& storage_key,
                  std::shared_ptr<feed::Recent> recent = nullptr)
      : grants_(self), conversations_(self, storage_key, std::move(recent)) {}
  NodeProjections(const NodeProjections&) = delete;
  NodeProjections& operator=(const NodeProjections&) = delete;

  /// Those that take part in the batch of every entry.
  [[nodiscard]] feed::Projections synchronous() const noexcept { return synchronous_; }
  /// Those that follow the change stream.
  [[nodiscard]] feed::Followers followers() const noexcept { return followers_; }

 private:
  feed::BySpace by_space_;
  feed::Withdrawals withdrawals_;
  community::Manifests manifests_;
  community::Grants grants_;
  federation::Receipts receipts_;
  feed::SpaceCounts space_counts_;
  community::Conversations conversations_;
  std::array<const feed::Projection*, 5> synchronous_{&by_space_, &withdrawals_, &manifests_, &grants_,
                                                      &receipts_};
  std::array<const feed::Follower*, 2> followers_{&space_counts_, &conversations_};
};

}  // namespace comity::home
