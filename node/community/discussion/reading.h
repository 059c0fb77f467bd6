// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <set>

#include "node/community/discussion/attention.h"
#include "node/community/discussion/channels.h"
#include "node/community/posts/conversations.h"
#include "node/community/spaces/sights.h"

namespace comity::community {

/// What there is of one discussion, for one reader.
struct ThreadCount {
  std::uint64_t entries = 0;  ///< that the reader may see, the first one too
  std::uint64_t unread = 0;   ///< of those, not their own and not read
  std::optional<Hlc> newest{};
};

/// What one of our people has read and what not, as it was at one moment. An entry counts when its body could
/// be opened as it came and it is not in quarantine: who got its key later is not told of it as unread. What
/// is withdrawn counts on: its tombstone is something to see. One thread at a time; view and sights
/// outlive it.
class Reading {
 public:
  /// Rows of one discussion that are looked at.
  static constexpr std::size_t kMostInThread = 10'000;

  Reading(const storage::View& view, const Sights& sights, Reader reader)
      : view_(view), sights_(sights), reader_(std::move(reader)), user_(reader_.person.user) {}

  /// Unread entries of each space that the person may enter; those without any are left out. The sum of rows
  /// that are kept as entries come: its cost goes with the number of spaces, not of entries. Errors:
  /// kFeedDamaged and those of the store.
  [[nodiscard]] Result<std::map<SpaceId, std::uint64_t>> unread();

  /// Of one discussion, from its rows. For nobody in particular nothing is unread.
  [[nodiscard]] Result<ThreadCount> thread(const SpaceId& space, const EntryRef& thread);
  /// Whether the entry of this row may be seen, is another's, and was not read.
  [[nodiscard]] Result<bool> is_unread(const SpaceId& space, const EntryRef& thread, const ThreadRow& row);

  /// Whether what stands at a place was read, whoever wrote it.
  [[nodiscard]] Result<bool> has_read(const SpaceId& space, const EntryRef& thread, const FeedId& feed,
                                      Seq seq);

  /// Rows by which everything in the discussion, or in the space, is read. They are guarded by what this
  /// object saw. Errors: kSpaceUnknown, kFeedDamaged, those of the store.
  [[nodiscard]] Result<storage::Batch> mark_thread(const SpaceId& space, const EntryRef& thread);
  [[nodiscard]] Result<storage::Batch> mark_space(const SpaceId& space);

 private:
  using ChannelId = std::pair<AgencyId, ReaderSet>;
  using Counts = std::map<std::pair<SpaceId, ChannelId>, std::uint64_t>;
  struct Read {
    std::uint64_t count = 0;
    std::uint64_t erased = 0;
  };
  [[nodiscard]] bool sees(const SpaceSight& space, const AgencyId& agency, const ReaderSet& set,
                          const Channel& channel) const;
  [[nodiscard]] Result<bool> sees(const SpaceSight& space, const ThreadRow& row);
  [[nodiscard]] Result<const SpaceSight*> enter(const SpaceId& space) const;
  [[nodiscard]] Result<AgencyId> agency_of(const FeedId& feed);
  [[nodiscard]] Result<const ReadPosition*> position(const SpaceId& space, const EntryRef& thread);
  [[nodiscard]] Result<std::uint64_t> recount(const SpaceSight& space, const ChannelId& channel);
  [[nodiscard]] Status add_read(storage::Batch& rows, const SpaceId& space, const ChannelId& channel,
                                std::uint64_t more, bool whole);
  [[nodiscard]] Result<Channel> channel_of(const SpaceId& space, const ChannelId& id) const;

  const storage::View& view_;
  const Sights& sights_;
  Reader reader_;
  UserId user_;
  std::map<FeedId, AgencyId> agencies_{};
  std::map<std::pair<SpaceId, EntryRef>, ReadPosition> positions_{};
  std::map<std::pair<SpaceId, ChannelId>, bool> seen_{};
};

}  // namespace comity::community
