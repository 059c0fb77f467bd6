// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>

#include "comity/v1/audit.pb.h"

#include "node/api/command.h"
#include "node/community/posts/posts.h"
#include "node/community/spaces/spaces.h"

namespace comity::api {

/// What the commands about spaces, people and posts work with; outlives them. Owner thread.
struct CommunityDesk {
  storage::Store& store;
  crypto::Random& random;
  feed::FeedWriter& writer;
  community::Spaces& spaces;
  community::Posts& posts;
  proto::AgencyId self;
  const crypto::Key32& storage_key;
  std::shared_ptr<feed::Recent> recent;
  std::uint64_t run;  ///< which start of the node this is
  std::function<feed::WallTime()> now;
  /// The agency behind our name for it; nothing when there is none.
  std::function<std::optional<proto::AgencyId>(std::string_view)> agency_of;
  /// How many entries an agency says that it wrote in a space.
  std::function<std::optional<std::uint64_t>(const proto::SpaceId&, const proto::AgencyId&)> stated;
  /// Rows on disk together with the event that records them.
  std::function<void(std::optional<v1::LocalAudit>, storage::Batch, std::function<void(proto::Status)>)>
      commit;
  /// Waits until something was stored and the projections have followed, or until the time is over.
  std::function<http::Task<void>(std::chrono::seconds)> news;
};

/// space/create, list, show, add, remove, join, leave, readers, and user/add, list, disable.
void add_space_commands(CommandTable& table, CommunityDesk desk);

/// post, post/batch, reply, withdraw, list, show, thread, events.
void add_post_commands(CommandTable& table, CommunityDesk desk);

/// With whose eyes a command reads: the person named by its argument "as", else the operator's. Errors:
/// kUserUnknown, kUserDisabled, kBadArguments.
[[nodiscard]] proto::Result<policy::Reader> reader_of(const CommunityDesk& desk, const storage::View& view,
                                                      const boost::json::object& arguments);

}  // namespace comity::api
