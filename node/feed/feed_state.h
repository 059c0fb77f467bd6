// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <optional>

#include "node/feed/verify_run.h"
#include "storage/view.h"

namespace comity::feed {

/// The row of one feed.
struct FeedState {
  ChainEnd end{};  ///< agency and feed are of the feed, and the rest is where its chain stands
  SpaceId space;
  Incarnation incarnation;
  bool own = false;               ///< we write it
  bool inside = false;            ///< never sent
  bool retired = false;           ///< of our own: another one follows it, and nothing is appended any more
  bool rekey = true;              ///< of our own: the next sealed entry opens a key epoch
  std::optional<Code> frozen{};   ///< why nothing more is taken
  KeyEpoch epoch{};               ///< of our own: the newest key epoch; 0: none yet
  WallTime epoch_since{};         ///< of our own: when it began
  std::uint32_t epoch_count = 0;  ///< of our own: bodies sealed in it
  policy::Label ceiling{};  ///< of our own: of the space; what entries other than content are labelled with

  [[nodiscard]] const FeedId& feed() const noexcept { return end.feed; }
  [[nodiscard]] const AgencyId& agency() const noexcept { return end.agency; }
};

[[nodiscard]] Bytes encode(const FeedState& state);
/// Errors: kFeedDamaged.
[[nodiscard]] Result<FeedState> decode_feed_state(ByteView key, ByteView value);

/// The state of a feed, or nothing when it is not known. Errors: kFeedDamaged and those of View::get().
[[nodiscard]] Result<std::optional<FeedState>> find_feed(const storage::View& view, const FeedId& feed);
/// The same; error kFeedUnknown.
[[nodiscard]] Result<FeedState> get_feed(const storage::View& view, const FeedId& feed);

/// Shows every feed in the order of ids until `visit` returns false. Errors as above.
[[nodiscard]] Status each_feed(const storage::View& view, const std::function<bool(const FeedState&)>& visit);

}  // namespace comity::feed
