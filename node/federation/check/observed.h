// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>

#include "comity/v1/session.pb.h"

#include "node/federation/peering/peer.h"
#include "node/runtime/moment.h"

namespace comity::federation {

/// What was found at one address of a peer.
struct AddressSeen {
  std::string address{};                ///< "host:port" as it is known here
  std::string resolved{};               ///< the address that answered; empty when none did
  std::optional<Error> closed{};        ///< why no connection came about
  runtime::Duration opened_in{};        ///< until the connection stood
  std::optional<Error> refused{};       ///< why no handshake came about
  std::optional<std::string> speaks{};  ///< what answers instead of a node
  std::optional<v1::Hello> hello{};     ///< what the node there said
  WallTime at{};                        ///< when it said so, by our clock
};

/// How the other side got through to us, at each address that we have signed.
struct CallBackSeen {
  enum class How : std::uint8_t {
    kAnswered,
    kRefused,      ///< `refused` and `retry_after` say why
    kSilent,       ///< no answer in time
    kNoSession,    ///< there is no session in which to ask
    kNoAddresses,  ///< this node only dials out
  };
  How how = How::kNoSession;
  std::vector<std::string> asked{};  ///< our addresses, in the order in which they are signed
  std::vector<std::uint32_t> reached{};
  std::uint32_t tried = 0;
  v1::Reason refused = v1::REASON_NONE;
  std::uint32_t retry_after = 0;
};

/// What the peer lacks of ours, over all our feeds that it may read.
struct LagSeen {
  std::uint64_t written = 0;            ///< entries that it may have
  std::uint64_t stored = 0;             ///< of which it has acknowledged
  std::optional<WallTime> waiting{};    ///< when the oldest that it lacks was written
  std::optional<std::string> reason{};  ///< in its own words
};

/// Feeds in common and their heads.
struct HeadsSeen {
  std::uint64_t feeds = 0;            ///< of which both sides hold something
  std::uint64_t compared = 0;         ///< of which both named the same entry at the same place
  std::vector<std::string> differ{};  ///< FeedIDs of those that differ, in hexadecimal
  bool fresh = false;                 ///< the peer was asked just now
};

/// All that a check of one peer has gathered; judged by judge(). A plain value.
struct Observed {
  Peer const* peer = nullptr;               ///< as our book holds it
  const crypto::KeyChain* chain = nullptr;  ///< pinned; nullptr while none is held
  std::vector<AddressSeen> addresses{};
  std::optional<v1::Hello> session{};  ///< of the session that is open, if there is one
  CallBackSeen call_back{};
  LagSeen lag{};
  HeadsSeen heads{};
  WallTime now{};
};

}  // namespace comity::federation
