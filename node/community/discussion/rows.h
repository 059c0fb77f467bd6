// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/discussion/channels.h"
#include "node/community/discussion/notices.h"
#include "node/feed/reader.h"

namespace comity::community {

/// A content as the follower Conversations places it.
struct Placed {
  const feed::StoredHeader& stored;
  const SpaceId& space;
  EntryRef thread;
  EntryRef parent;  ///< zero: none
  ContentType type = ContentType::kOther;
  Hlc order{};
  Person writer{};  ///< zero user: the agency itself
  bool quarantined = false;
};

/// What the row of kByThread keeps for counting.
struct Counting {
  bool counted = false;
  UserId user;
  ReaderSet readers;
};

/// All that follows from one content for those who take part in discussions: kAbout, kTagged, kChannels,
/// kOwnEntries, kNotices. An entry may enter and leave quarantine at any time: then it is counted anew, and
/// no other row changes, for what shows is asked when it is read. One batch each.
class DiscussionRows {
 public:
  DiscussionRows(const AgencyId& self, const feed::FeedReader& reader, const storage::View& view,
                 storage::Batch& rows)
      : self_(self), rows_(rows), channels_(self, view, rows), notices_(self, reader, view, rows) {}

  /// Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Result<Counting> add(const Placed& entry, const v1::Content& content);
  /// The entry went into quarantine or out of it: what its row should keep for counting now, if that is not
  /// `was`. Errors: those of add().
  [[nodiscard]] Result<std::optional<Counting>> recount(const Placed& entry, const v1::Content& content,
                                                        const Counting& was);
  /// Goes on with notifications that an earlier batch had no room for.
  [[nodiscard]] Status go_on() { return notices_.go_on(); }
  [[nodiscard]] Status finish() { return channels_.finish(); }

 private:
  /// Whether it counts, and for whom.
  [[nodiscard]] Counting count(const Placed& entry, const v1::Content& content, Readership& readers) const;

  const AgencyId& self_;
  storage::Batch& rows_;
  ChannelRows channels_;
  NoticeRows notices_;
};

/// The sums without the entries whose bodies were erased. One batch.
class DiscussionErasing {
 public:
  DiscussionErasing(const AgencyId& self, const storage::View& view, storage::Batch& rows)
      : channels_(self, view, rows) {}
  /// Before their rows of kByThread go.
  [[nodiscard]] Status erase(const storage::View& view, const SpaceId& space,
                             const std::function<bool(const FeedId&, Seq)>& gone);
  [[nodiscard]] Status finish() { return channels_.finish(); }

 private:
  ChannelRows channels_;
};

}  // namespace comity::community
