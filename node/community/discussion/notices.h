// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/community/discussion/attention.h"
#include "node/community/posts/content_type.h"
#include "node/feed/reader.h"

namespace comity::community {

/// Why a person is told of an entry; the strongest first. The numbers stand in rows.
enum class NoticeReason : std::uint8_t {
  kMention = 1,
  kReply = 2,   ///< to what they wrote
  kThread = 3,  ///< in a discussion that they watch
  kSpace = 4,   ///< in a space that they watch
};
/// "mention", "reply", "thread", "space".
[[nodiscard]] std::string_view notice_reason_text(NoticeReason reason) noexcept;

/// An entry of which people may have to be told.
struct Noticeable {
  const feed::StoredHeader& stored;
  const SpaceId& space;
  EntryRef thread;
  EntryRef parent;  ///< zero: none
  ContentType type = ContentType::kOther;
  Person writer{};
};

/// kNotices as the follower Conversations makes it: for people of our own agency, one row for each entry and
/// person. How many an entry makes depends on how many watch, so a batch makes at most kMostRows and leaves
/// the others for the next. One batch each.
class NoticeRows {
 public:
  static constexpr std::size_t kMostRows = 500;

  NoticeRows(const AgencyId& self, const feed::FeedReader& reader, const storage::View& view,
             storage::Batch& rows)
      : self_(self), reader_(reader), view_(view), rows_(rows) {}

  /// Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Status add(const Noticeable& entry, const v1::Content& content);
  [[nodiscard]] Status go_on();

 private:
  using Reasons = std::map<UserId, NoticeReason>;
  [[nodiscard]] Result<Reasons> reasons(const Noticeable& entry, const v1::Content& content);
  [[nodiscard]] Result<const WatchLevels*> levels(const SpaceId& space);
  [[nodiscard]] Result<UserId> answered(const EntryRef& parent, const SpaceId& space) const;
  [[nodiscard]] Result<bool> works_here(const UserId& user);
  [[nodiscard]] Status make(const Noticeable& entry, const v1::Content& content, const UserId& after,
                            bool noted);
  [[nodiscard]] Status resume(const FeedId& feed, Seq seq, const UserId& after);

  const AgencyId& self_;
  const feed::FeedReader& reader_;
  const storage::View& view_;
  storage::Batch& rows_;
  std::map<SpaceId, WatchLevels> levels_{};
  std::map<UserId, bool> people_{};
  std::size_t made_ = 0;
};

}  // namespace comity::community
