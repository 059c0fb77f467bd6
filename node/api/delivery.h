// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/api/spaces.h"
#include "node/community/posts/post_view.h"
#include "node/federation/sync/delivery.h"

namespace comity::api {

/// Says of entries of our own which agencies have them. One look for each feed and peer, whatever the number
/// of entries; the place of an entry in its feed is looked up only while somebody is behind in that feed. Of
/// one command; the view outlives it.
class DeliveryRows {
 public:
  DeliveryRows(const CommunityDesk& desk, const storage::View& view) : desk_(desk), view_(view) {}

  /// Adds "delivery" to the row of an entry that we sent to other agencies, and to no other one: {have, of,
  /// waiting}, our own agency counted among both; waiting: {agency, agency_id}, with `reasons` also {reason}.
  /// It is the entry itself that is told of, not a later edit of it. Errors: those of stored_holders() and of
  /// the store.
  [[nodiscard]] proto::Status add(const community::PostView& post, boost::json::object& row, bool reasons);
  /// Whether nothing is to be told of it: it is not ours, stays here, or its feed is held whole by everybody.
  [[nodiscard]] proto::Result<bool> is_everywhere(const community::PostView& post);
  /// To all rows of posts_page_json(), without reasons.
  [[nodiscard]] proto::Status add_all(const std::vector<community::PostView>& posts,
                                      boost::json::value& page);

 private:
  struct Feed {
    std::vector<federation::Holder> holders{};
    bool all_of_it = false;  ///< every member may have all of the feed, and has it
  };
  [[nodiscard]] proto::Result<const Feed*> feed(const std::string& id);
  [[nodiscard]] std::string reason(const community::PostView& post, const proto::AgencyId& agency) const;

  const CommunityDesk& desk_;
  const storage::View& view_;
  std::map<std::string, Feed> feeds_{};
};

}  // namespace comity::api
