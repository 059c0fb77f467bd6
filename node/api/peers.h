// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/api/command.h"
#include "node/federation/federation.h"

namespace comity::api {

/// What the commands about peers work with; outlives them. Owner thread.
struct PeerDesk {
  federation::Trust& trust;
  federation::Federation& federation;
};

/// peer/invite, accept, verify, list, show, check, suspend, resume, retry, heal, abort, revoke. Fields of a
/// peer: name, agency_id, words, legal_name, state, connected, lag_entries, outbox_entries, last_error,
/// last_seen, agreement, ends, claims.
void add_peer_commands(CommandTable& table, PeerDesk desk);

/// agreement/show, new, narrow, widen, sign.
void add_agreement_commands(CommandTable& table, PeerDesk desk);

/// One peer as `peer show` tells it.
[[nodiscard]] boost::json::object peer_json(const PeerDesk& desk, const federation::Peer& peer);

}  // namespace comity::api
