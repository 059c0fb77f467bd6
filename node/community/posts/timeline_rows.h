// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "node/community/posts/content_type.h"
#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/table.h"
#include "storage/view.h"

namespace comity::community {

/// Whether an entry of this type is shown in timelines when it begins a thread.
[[nodiscard]] bool is_in_timeline(ContentType type) noexcept;

/// What stands in a timeline.
struct TimelineEntry {
  SpaceId space;
  Person writer{};  ///< zero user: the agency itself, whom nobody follows
  ContentType type = ContentType::kOther;
  Hlc order{};
  FeedId feed;
  Seq seq{};
  bool imported = false;
};

/// kTimeline, kByAuthor, kAuthorNewest and kSpaceNewest, as the follower Conversations keeps them. One batch
/// each.
class TimelineRows {
 public:
  using Places = std::set<std::pair<FeedId, Seq>>;
  using Gone = std::map<AgencyId, Places>;
  using GoneInSpaces = std::map<SpaceId, Places>;

  /// `view` shows the rows as the last batch left them; both outlive it.
  TimelineRows(const storage::View& view, storage::Batch& rows) : view_(view), rows_(rows) {}

  /// Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Status add(const TimelineEntry& entry);
  /// The rows of these places, whose bodies are gone: all authors of their agencies are looked through. The
  /// rows of kTopics and kTimeline are erased by who wrote them, in the same batch. Errors: those of the
  /// store.
  [[nodiscard]] Status erase(const Gone& of_agencies, const GoneInSpaces& of_spaces);

 private:
  [[nodiscard]] Status raise(const storage::TableInfo& table, Bytes key, Hlc order);
  [[nodiscard]] Status erase_of(const AgencyId& agency, const Places& gone);
  [[nodiscard]] Status settle_space(const SpaceId& space, ContentType type, const Places& gone);
  void put_newest(const Bytes& key, Hlc order);
  void put_or_erase_newest(const Bytes& key, const std::optional<Hlc>& newest);

  const storage::View& view_;
  storage::Batch& rows_;
  std::map<Bytes, Hlc, storage::KeyOrder> newest_{};  ///< of this batch
};

/// The row of kTimeline.
struct TimelineRow {
  Hlc order{};
  FeedId feed;
  Seq seq{};
  SpaceId space;
  UserId user;  ///< zero: nobody whom one could follow
};
/// Error kFeedDamaged.
[[nodiscard]] Result<TimelineRow> decode_timeline_row(ByteView key, ByteView value);

/// The value of kAuthorNewest and kSpaceNewest; zero where there is no row. Error kFeedDamaged.
[[nodiscard]] Result<Hlc> decode_newest(const storage::TableInfo& table, ByteView key,
                                        const std::optional<Bytes>& value);

}  // namespace comity::community
