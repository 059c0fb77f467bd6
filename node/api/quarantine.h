// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>

#include "comity/v1/audit.pb.h"

#include "node/api/command.h"
#include "node/feed/ingest.h"

namespace comity::api {

/// What the commands about quarantine work with; outlives them. Owner thread.
struct QuarantineDesk {
  storage::Store& store;
  const crypto::Key32& storage_key;
  feed::Ingester& ingester;
  std::function<std::string(const proto::AgencyId&)> agency_name;
  std::function<std::string(const proto::SpaceId&)> space_name;  ///< its slug; empty: not known
  std::function<feed::WallTime()> now;
  std::function<void(std::optional<v1::LocalAudit>, storage::Batch, std::function<void(proto::Status)>)>
      commit;
  std::function<void(const feed::Appended&)> released;
};

/// quarantine/list, quarantine/release. Fields of a row: id, feed_id, seq, space, space_id, agency,
/// agency_id, kind, label, time (as the author states it), received, signer, reason (label, key-revoked,
/// key-expired, body), since.
void add_quarantine_commands(CommandTable& table, QuarantineDesk desk);

}  // namespace comity::api
