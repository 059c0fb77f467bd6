// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "crypto/sealed_body.h"
#include "node/community/posts/content_type.h"
#include "node/community/types.h"
#include "node/feed/follow.h"

namespace comity::community {

/// What every content is opened for once: kByThread, kTopics, kAbout, kTagged, kChannels, kOwnEntries,
/// kNames, kToldHandles, kOrigins, those of TimelineRows and of wiki::put_rows(), and kUnread while its key
/// is not held. It looks at one entry at a time and at no other entry, so that the order in which entries
/// come does not matter, and a discussion of any length costs as much as a short one. Notifications are made
/// on the way and are no rows of it: they go by what was watched when an entry came, which no rebuilding can
/// know.
class Conversations final : public feed::Follower {
 public:
  /// `storage_key` outlives it; `recent` may be nothing.
  Conversations(const AgencyId& self, const crypto::Key32& storage_key,
                std::shared_ptr<feed::Recent> recent = nullptr)
      : self_(self), storage_key_(storage_key), recent_(std::move(recent)) {}

  [[nodiscard]] std::string_view name() const override { return "conversations"; }
  [[nodiscard]] std::uint32_t version() const override { return 7; }
  [[nodiscard]] std::vector<storage::TableInfo> tables() const override;
  [[nodiscard]] Status apply(std::span<const feed::FollowedEntry> entries, const storage::View& view,
                             storage::Batch& rows) const override;
  [[nodiscard]] Status judge(std::span<const feed::FollowedEntry> entries, const storage::View& view,
                             storage::Batch& rows) const override;
  [[nodiscard]] Status erase(std::span<const feed::FollowedEntry> entries, const storage::View& view,
                             storage::Batch& rows) const override;

 private:
  AgencyId self_;
  const crypto::Key32& storage_key_;
  std::shared_ptr<feed::Recent> recent_;
};

/// The row of kByThread.
struct ThreadRow {
  ContentType type = ContentType::kOther;
  EntryId entry;
  EntryRef parent;       ///< zero: none
  bool counted = false;  ///< it is among what may be unread
  UserId user;           ///< who wrote it; zero: the agency itself
  ReaderSet readers;
  Hlc order{};  ///< its clock, or when it came if its clock ran ahead
  FeedId feed;
  Seq seq{};
};
[[nodiscard]] Result<ThreadRow> decode_thread_row(ByteView key, ByteView value);

/// The entry by which our agency imported this before; nothing when it did not.
[[nodiscard]] Result<std::optional<EntryId>> imported(const storage::View& view, const SpaceId& space,
                                                      std::string_view source, std::string_view id);

}  // namespace comity::community
