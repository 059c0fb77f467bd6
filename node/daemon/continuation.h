// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "node/feed/incarnation.h"
#include "node/feed/writer.h"

namespace comity::daemon {

/// How long a restored feed waits for a member's word, and for what it gives back, before the next one opens:
/// what was decided in the lost entries, a removal for example, should count in it.
inline constexpr std::chrono::seconds kRecoveryWait{8};
/// When a feed that could not be opened is tried again.
inline constexpr std::chrono::seconds kOpenAgain{30};

/// What Continuation works with; called on the owner thread. References outlive it.
struct ContinuationSetup {
  feed::FeedWriter& writer;
  storage::Store& store;
  bool restored = false;  ///< the directory was put back from a copy
  bool clean = true;      ///< the last run ended in order
  std::function<feed::WallTime()> now{};
  /// Calls a function after a while; never, once the node ends.
  std::function<void(std::chrono::milliseconds, std::function<void()>)> later{};
  /// The feeds that the node writes in its spaces.
  std::function<std::map<proto::FeedId, proto::SpaceId>()> current{};
  /// Opens the next feed in the space; the answer is its id.
  std::function<void(const proto::SpaceId&, v1::FeedOpenReason,
                     std::function<void(proto::Result<proto::FeedId>)>)>
      reopen{};
  /// The feed is retired, on disk: what we lack of it may come back from others.
  std::function<void(const proto::FeedId&)> retired{};
  /// For log and audit. `failed`: the next one could not be opened, which is tried again; once for each
  /// reason.
  std::function<void(const proto::FeedId& old, const proto::FeedId& next, v1::FeedOpenReason)> opened{};
  std::function<void(const proto::FeedId&, const proto::Error&)> failed{};
};

/// Whether our own feeds go on where the store says, and what happens when that is in doubt (DESIGN 5.7,
/// 5.10). After an unclean start the first append to a shared feed waits up to feed::kConfirmWait for one
/// member's word; without it, after a restore, when a member holds what we do not, and when our clock was
/// wrong, the feed is retired and another one opens; what people posted meanwhile goes there. A clean start
/// waits for nothing, and inside feeds never wait. State in, decisions out; owner thread.
class Continuation {
 public:
  explicit Continuation(ContinuationSetup setup) : setup_(std::move(setup)) {}
  Continuation(const Continuation&) = delete;
  Continuation& operator=(const Continuation&) = delete;

  /// Before anything is appended. Errors: kFeedDamaged and those of the store.
  [[nodiscard]] proto::Status begin();

  /// A member tells what it holds of our feed.
  void told(const proto::FeedId& feed, const v1::FeedHead& head);
  /// A member holds what we do not.
  void ahead(const proto::FeedId& feed, const v1::FeedHead& head);
  /// Entries of ours came back.
  void came_back(std::span<const feed::Appended> entries);
  /// FeedWriter waits with an entry, or found the feed's clock ahead.
  void waits(const proto::FeedId& feed);
  void clock_ahead(const proto::FeedId& feed);
  /// What kept the next feeds from being opened is over: tries them now.
  void try_again();
  /// It turns out that the directory was put back. Errors as begin().
  [[nodiscard]] proto::Status restored();

  /// Feeds of which it is not decided yet whether they go on.
  [[nodiscard]] std::size_t open() const noexcept { return doubts_.size(); }

 private:
  enum class Stage : std::uint8_t { kHeld, kAsking, kRetiring, kPulling, kOpening, kRefused };
  struct Doubt {
    proto::SpaceId space;  ///< zero: no other feed follows this one
    Stage stage = Stage::kHeld;
    v1::FeedOpenReason reason = v1::FEED_OPEN_REASON_NONE;
    proto::Seq wanted{};  ///< up to where members hold it; 0: nobody has more, as far as is known
    bool wait = false;    ///< for members, before the next one opens
    std::optional<proto::Code> why{};  ///< the next one could not be opened
  };

  void judge(const feed::FeedState& feed, const proto::SpaceId& space);
  void replace(const proto::FeedId& feed, const proto::SpaceId& space, v1::FeedOpenReason reason, bool wait);
  void is_retired(const proto::FeedId& feed);
  void open_next(const proto::FeedId& feed);
  void not_opened(const proto::FeedId& feed, const proto::Error& error);
  void after(std::chrono::milliseconds span, const proto::FeedId& feed, Stage stage,
             std::function<void()> then);
  [[nodiscard]] proto::Result<feed::FeedState> state(const proto::FeedId& feed) const;

  ContinuationSetup setup_;
  std::map<proto::FeedId, Doubt> doubts_;
};

}  // namespace comity::daemon
