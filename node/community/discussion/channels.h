// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "node/community/posts/content_type.h"
#include "node/community/types.h"
#include "storage/batch.h"
#include "storage/view.h"

namespace comity::community {

/// Whether entries of this type can be unread: what people say. Pages of the wiki have a log of their own.
[[nodiscard]] bool is_countable(ContentType type) noexcept;

/// Those of our own people whom an entry names or who wrote it, if it names its readers.
struct Readership {
  ReaderSet set;
  std::vector<UserId> users{};  ///< ascending; empty for the set zero
};
[[nodiscard]] Readership readership(const AgencyId& self, const Person& writer,
                                    std::span<const Person> named);

/// The row of kChannels.
struct Channel {
  std::uint64_t count = 0;
  std::vector<UserId> users{};
};
[[nodiscard]] Result<Channel> decode_channel(ByteView key, ByteView value);
/// The one number of kOwnEntries. Errors: kFeedDamaged.
[[nodiscard]] Result<std::uint64_t> decode_own(ByteView key, ByteView value);

/// Whose an entry is, as far as counting goes.
struct Counted {
  SpaceId space;
  AgencyId agency;
  UserId user;  ///< zero: the agency itself
  ReaderSet set;
};

/// kChannels and kOwnEntries as the follower Conversations keeps them: sums, which the order of entries does
/// not change. One batch each.
class ChannelRows {
 public:
  /// `view` shows the rows as the last batch left them, `rows` what this batch has put already.
  ChannelRows(const AgencyId& self, const storage::View& view, storage::Batch& rows);

  /// Errors: kFeedDamaged and those of the store.
  [[nodiscard]] Status add(const Counted& entry, const Readership& readers);
  /// One of them is gone for good.
  [[nodiscard]] Status erase(const Counted& entry);
  /// Puts the sums, and notes in which spaces something was erased. Call once, at the end.
  [[nodiscard]] Status finish();

 private:
  [[nodiscard]] Result<Channel*> channel(const Counted& entry);
  [[nodiscard]] Result<std::uint64_t*> own(const Counted& entry);
  [[nodiscard]] Result<std::optional<Bytes>> held(const Bytes& key) const;

  AgencyId self_;
  const storage::View& view_;
  storage::Batch& rows_;
  std::map<Bytes, Bytes, storage::KeyOrder> put_{};  ///< of this batch, by an earlier object
  std::map<Bytes, Channel, storage::KeyOrder> channels_{};
  std::map<Bytes, std::uint64_t, storage::KeyOrder> own_{};
  std::set<SpaceId> erased_{};
};

}  // namespace comity::community
