// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <set>

#include "node/federation/sync/server.h"

namespace comity::federation {

/// Feeds that a peer may name to us without our knowing them yet; more are passed over until its next Vector.
inline constexpr std::size_t kMostUnknown = 1024;

/// One connected peer: what each side told the other in this session.
struct Link {
  Link(ServerSetup setup, std::uint64_t serial_number)
      : peer(setup.peer), serial(serial_number), outlet(setup.outlet), server(std::move(setup)) {}

  AgencyId peer;
  std::uint64_t serial;
  Outlet& outlet;
  Server server;

  // What it holds of feeds that it does not get from us.
  std::map<FeedId, HeldRow> offers{};
  std::set<FeedId> differing{};          ///< feeds of which it named another entry than ours
  std::map<FeedId, WallTime> refused{};  ///< until when it is not asked for the feed again
  std::set<FeedId> asked{};              ///< feeds wanted in this session, also if only for a while

  // Its Vector on the way to us.
  std::optional<FeedId> vector_after{};  ///< the next page begins behind it
  std::set<FeedId> listed{};             ///< in its full Vector, of the feeds that we know
  std::set<FeedId> news{};               ///< named since its last Vector was complete
  bool heard = false;                    ///< its first Vector is complete

  // Ours on the way to it.
  std::optional<FeedId> sent_upto{};   ///< the next page begins behind it
  bool sent = false;                   ///< our first Vector is complete
  bool full = true;                    ///< it lists everything
  std::map<FeedId, HeldRow> agreed{};  ///< what need not be listed, unless full
  std::set<FeedId> rows_due{};         ///< to be told of with the next tick
  std::map<FeedId, Seq> told{};        ///< the audience under which it was told of the feed

  // Small messages that found the control lane full.
  std::map<FeedId, v1::FeedHead> acks{};
  std::map<FeedId, v1::Want> wants{};
  std::vector<std::string> own_feeds{};  ///< to be asked about, by HeadsWant

  // Credit that is held back while too much is on its way to the disk.
  std::map<v1::Lane, LaneRoom> owed{};
};

}  // namespace comity::federation
