// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <set>

#include "node/federation/sync/feed_book.h"
#include "node/federation/sync/outlet.h"
#include "node/feed/recent.h"

namespace comity::federation {

/// What waits on a lane before sync queues no more batches there, in bytes.
inline constexpr std::size_t kMostBacklog = 1024 * 1024;
/// What a lane must permit before anything is read for it: a run is never cut, and may be one entry of the
/// largest size.
inline constexpr std::size_t kRoomForRun = 312 * 1024;

struct ServerSetup {
  storage::Store& store;
  FeedBook& book;
  const crypto::Key32& storage_key;
  AgencyId peer;
  Outlet& outlet;
  feed::Recent* recent = nullptr;
  /// All that the peer may be sent now of a feed it wanted has been queued; once for each Want. May be empty.
  std::function<void(const FeedId&)> caught_up{};
  /// A feed can no longer be served for a reason of our own, a damaged row for example.
  std::function<void(const FeedId&, const Error&)> failed{};
};

/// Serves what one peer wants, within its credits and its entitlement, whole runs at a time, one feed after
/// the other. Entitlement is judged in the same snapshot from which the entries are read. Owner thread.
class Server {
 public:
  explicit Server(ServerSetup setup) : setup_(std::move(setup)) {}

  /// Takes a request; a feed that the peer may not know is refused as one that does not exist. Error
  /// kWantRule: a lane without batches, an end before its beginning.
  [[nodiscard]] Status want(const v1::Want& want);
  /// The feed has new entries, or another audience.
  void changed(const FeedId& feed);
  /// The peer itself has shown that it holds the feed up to there: it is not sent that.
  void holds(const FeedId& feed, Seq seq);
  /// Sends what can be sent now.
  void pump(WallTime now);

  /// Whether new entries of the feed reach the peer by themselves.
  [[nodiscard]] bool follows(const FeedId& feed) const;

 private:
  struct Subscription {
    Seq next{};
    Seq to = kNoEnd;
    Seq old{};  ///< the head when it was asked for: up to here the entries are old
    v1::Lane lane = v1::LANE_LIVE;
    bool live = false;
    bool headers_only = false;
    /// Behind which byte of the back-fill lane its last old batch ends; 0: none is there. New ones may not
    /// overtake it on their own lane.
    std::uint64_t backfill_end = 0;
    bool introduce = false;  ///< the first entry goes ahead
    bool told = false;       ///< caught_up was called
  };
  enum class Step : std::uint8_t { kMore, kBlocked, kDone };

  void refuse(const FeedId& feed, v1::Reason reason);
  [[nodiscard]] Step serve(const storage::View& view, const FeedId& feed, Subscription& sub, WallTime now);
  [[nodiscard]] Step introduce(const storage::View& view, const BookFeed& known, Subscription& sub);
  [[nodiscard]] bool send(v1::Lane lane, v1::EntryBatch batch);
  [[nodiscard]] bool has_room(v1::Lane lane) const;
  [[nodiscard]] v1::Lane lane_for(Subscription& sub) const;

  ServerSetup setup_;
  std::map<FeedId, Subscription> subs_;
  std::set<FeedId> ready_;
  std::uint64_t backfilled_ = 0;  ///< bytes given to the back-fill lane
  FeedId last_;                   ///< served last: the next one gets its turn first
};

}  // namespace comity::federation
