// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <string>

#include "node/api/peers.h"

/// Decisions of operators about a peer, on their way from a command to federation and back: what the commands
/// of peers.cpp and agreements.cpp share. Owner thread.
namespace comity::api {

/// Puts a decision into effect; the answer is what `shown` says of the peer then.
[[nodiscard]] http::Task<proto::Result<boost::json::value>> carry_out(
    PeerDesk desk, const std::string& name, proto::Result<federation::Step> step,
    std::function<boost::json::value()> shown);

/// The peer as `peer show` tells it; {"state": "REMOVED"} when there is none of that name any more.
[[nodiscard]] boost::json::value state_of(const PeerDesk& desk, const std::string& name);

using Decide = std::function<proto::Result<federation::Step>(federation::Peering&, const std::string& name,
                                                             const Call&, feed::WallTime now)>;

/// A command {name, …} that is one decision; it answers with the peer's state.
void add_decision(CommandTable& table, PeerDesk desk, const std::string& name, Decide what);

}  // namespace comity::api
