// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <memory>

#include "comity/v1/content.pb.h"

#include "node/feed/header.h"
#include "node/policy/release.h"
#include "storage/batch.h"

namespace comity::feed {

/// An entry that was stored.
struct Appended {
  EntryId id;
  FeedId feed;
  Seq seq{};
  Hlc hlc{};
};

/// Called once, on the owner thread, after the entry is on disk or has failed.
using OnAppended = std::function<void(Result<Appended>)>;

/// Further rows of the batch in which the entry is stored: what it records happens with it or not at all.
using JoinBatch = std::function<void(storage::Batch&, const Appended&)>;

/// What is to be appended. Made by the functions below; FeedWriter gives it its place.
struct Draft {
  v1::Kind kind = v1::KIND_NONE;
  Bytes sealed{};  ///< packed content to be sealed; empty: nothing is
  /// The stored body, given the sealed part. Empty: the body is the sealed part alone.
  std::function<Bytes(const Bytes& sealed)> clear{};
  std::optional<policy::ReleaseDecision> decision{};  ///< of content
  std::uint64_t expires = 0;                          ///< ms since 1970; 0: never
  JoinBatch join{};
  OnAppended done{};
  /// What `sealed` opens to, for those who look at the new entry at once. May be empty.
  std::shared_ptr<const v1::Content> content{};

  /// About the memory it takes, in bytes.
  [[nodiscard]] std::size_t bytes() const {
    return sealed.size() + 512 + (content == nullptr ? 0 : content->SpaceUsedLong());
  }
};

/// An entry of kind CONTENT. `packed` comes from pack(), on whichever thread; the decision must fit the feed
/// when its turn comes.
[[nodiscard]] Draft content_draft(policy::ReleaseDecision decision, Bytes packed, OnAppended done);

/// An entry with a body in the clear: SPACE_MANIFEST, WITHDRAW, WITHDRAW_RECEIPT, FEED_CLOSE, LOCAL_AUDIT.
[[nodiscard]] Draft clear_draft(v1::Kind kind, Bytes body, OnAppended done);

/// The same with one sealed field (a withdrawal's note, a manifest's card): `packed` comes from pack(), and
/// `clear` puts what was sealed into the message.
[[nodiscard]] Draft half_clear_draft(v1::Kind kind, Bytes packed,
                                     std::function<Bytes(const Bytes& sealed)> clear, OnAppended done);

}  // namespace comity::feed
