// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>

#include "comity/v1/audit.pb.h"

#include "node/api/command.h"
#include "node/community/people/directory.h"
#include "node/community/posts/messages.h"
#include "node/community/posts/posts.h"
#include "node/community/posts/updates.h"
#include "node/community/spaces/spaces.h"
#include "node/federation/federation.h"
#include "node/runtime/pool.h"

namespace comity::api {

/// What the commands about spaces, people and posts work with; outlives them. Owner thread.
struct CommunityDesk {
  storage::Store& store;
  crypto::Random& random;
  feed::FeedWriter& writer;
  community::Spaces& spaces;
  community::Posts& posts;
  community::Messages& messages;
  community::Updates& updates;
  community::Directory& directory;
  /// For hashing passwords.
  runtime::Pool& pool;
  proto::AgencyId self;
  const crypto::Key32& storage_key;
  std::shared_ptr<feed::Recent> recent;
  std::uint64_t run;  ///< which start of the node this is
  std::function<feed::WallTime()> now;
  /// The agency behind our name for it; nothing when there is none.
  std::function<std::optional<proto::AgencyId>(std::string_view)> agency_of;
  /// How many entries an agency says that it wrote in a space.
  std::function<std::optional<std::uint64_t>(const proto::SpaceId&, const proto::AgencyId&)> stated;
  /// What the agency's own words about its feeds in a space say of how fresh they are here.
  std::function<federation::AuthorFreshness(const proto::SpaceId&, const proto::AgencyId&)> freshness;
  /// Rows on disk together with the event that records them.
  std::function<void(std::optional<v1::LocalAudit>, storage::Batch, std::function<void(proto::Status)>)>
      commit;
  /// Waits until something was stored and the projections have followed, or until the time is over.
  std::function<http::Task<void>(std::chrono::seconds)> news;
};

/// space/create, list, show, add, remove, join, leave, readers.
void add_space_commands(CommandTable& table, CommunityDesk desk);

/// space/describe, pin, unpin, space/suggest.
void add_space_card_commands(CommandTable& table, CommunityDesk desk);

/// user/add, list, disable, enable, passwd; password/set; profile/show, set.
void add_people_commands(CommandTable& table, CommunityDesk desk);

/// session/list, end; token/list, make, end. password/set is one of the people's.
void add_sign_in_commands(CommandTable& table, CommunityDesk desk);

/// post, post/batch, message, reply, withdraw, list, show, thread, events.
void add_post_commands(CommandTable& table, CommunityDesk desk);

/// update, follow, unfollow, following, timeline.
void add_timeline_commands(CommandTable& table, CommunityDesk desk);

/// A space as its lists show it, without its members. A circle shows to the operator that it is there and
/// which agencies it joins, and nothing that people wrote.
[[nodiscard]] boost::json::object space_json(const CommunityDesk& desk, const community::Space& space,
                                             const policy::Reader& reader);
/// The same with members, relays and what is pinned. Error kSpaceUnknown.
[[nodiscard]] proto::Result<boost::json::value> space_with_members(const CommunityDesk& desk,
                                                                   const proto::SpaceId& id,
                                                                   const policy::Reader& reader);
/// A person sees what they may look into; the operator sees what there is to look after.
[[nodiscard]] bool may_see(const CommunityDesk& desk, const community::Space& space,
                           const policy::Reader& reader);
/// Spaces that `reader` may see and that resemble the one that was made. Error kSpaceUnknown.
[[nodiscard]] proto::Result<boost::json::array> similar_json(const CommunityDesk& desk,
                                                             const proto::SpaceId& made,
                                                             const policy::Reader& reader);
/// What is pinned in a space, as far as `reader` may see it. Errors: those of the store.
[[nodiscard]] proto::Result<boost::json::array> pinned_json(const CommunityDesk& desk,
                                                            const storage::View& view,
                                                            const community::Space& space,
                                                            const policy::Reader& reader);
/// The card of a person, as people see it.
[[nodiscard]] boost::json::object known_json(const community::KnownPerson& person);

/// edit, react, answered, history.
void add_discussion_commands(CommandTable& table, CommunityDesk desk);

/// read, unread, watch, notifications, notifications/seen.
void add_attention_commands(CommandTable& table, CommunityDesk desk);

/// With whose eyes a command reads: the person named by its argument "as", else the operator's. Errors:
/// kUserUnknown, kUserDisabled, kBadArguments.
[[nodiscard]] proto::Result<policy::Reader> reader_of(const CommunityDesk& desk, const storage::View& view,
                                                      const boost::json::object& arguments);

/// The agency that we call `name`. Error kPeerUnknown.
[[nodiscard]] proto::Result<proto::AgencyId> agency_named(const CommunityDesk& desk, const std::string& name);

/// "maria", "maria@health" or "jo@finance" as the reader may know them. Errors: those of
/// community::PeopleReader::named(), kPeerUnknown.
[[nodiscard]] proto::Result<community::KnownPerson> person_named(const CommunityDesk& desk,
                                                                 const storage::View& view,
                                                                 const policy::Reader& reader,
                                                                 const std::string& text);
/// Several of them who are to be written to. Errors besides: kUserDisabled for somebody who has left.
[[nodiscard]] proto::Result<std::vector<policy::Person>> people_named(const CommunityDesk& desk,
                                                                      const storage::View& view,
                                                                      const policy::Reader& reader,
                                                                      const std::vector<std::string>& texts);

}  // namespace comity::api
