// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "node/feed/feed_state.h"

namespace comity::federation {

using feed::WallTime;
using proto::AgencyId;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::EntryId;
using proto::Error;
using proto::FeedId;
using proto::Hlc;
using proto::raw;
using proto::Result;
using proto::Seq;
using proto::Sha256Digest;
using proto::SpaceId;
using proto::Status;

/// An AUDIENCE entry, as far as serving goes.
struct Listing {
  struct Member {
    AgencyId agency;
    Seq from{1};
  };
  Seq seq{};  ///< of the AUDIENCE entry
  EntryId id;
  std::vector<Member> members{};
  std::vector<AgencyId> relays{};
};
/// Error kWrongSize for an id that is none.
[[nodiscard]] Result<Listing> listing_from(Seq seq, const EntryId& id, const v1::Audience& audience);

/// The AUDIENCE entries that decide: the one in force at the feed's head and the one before it, where held.
struct Audiences {
  std::optional<Listing> in_force{};
  std::optional<Listing> replaced{};
};

inline constexpr Seq kNoEnd{std::numeric_limits<std::uint64_t>::max()};

/// The entries of a feed that an agency may be sent, both ends included.
struct Extent {
  Seq from{1};
  Seq to = kNoEnd;

  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Which entries of a feed `asker` may be sent, by signed data alone. The author: all, for a restore. A relay
/// of the AUDIENCE in force: all. A member of it: from its from_seq on; the later one where it stands twice.
/// Whom the AUDIENCE in force has removed: up to that very entry, by which it sees its removal, and nothing
/// once another one has followed. Everybody else, and everybody for an inside feed: nothing. Besides these
/// the first entry goes to whoever may be sent anything: the FeedID is the hash of its body. Pure; any
/// thread.
[[nodiscard]] std::optional<Extent> entitled(const feed::FeedState& feed, const Audiences& audiences,
                                             const AgencyId& asker);

/// Whether `agency` is a member or relay of the listing.
[[nodiscard]] bool lists(const Listing& listing, const AgencyId& agency);

}  // namespace comity::federation
