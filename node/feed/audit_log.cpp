// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/audit_log.h"

#include "proto/decode.h"

namespace comity::feed {

void AuditLog::record(const v1::LocalAudit& event, OnAppended done, JoinBatch join) {
  auto body = proto::encode_checked(event);
  if (!body.ok()) {
    if (done) done(body.error());
    return;
  }
  Draft draft = clear_draft(v1::KIND_LOCAL_AUDIT, *std::move(body), std::move(done));
  draft.join = std::move(join);
  writer_.append(feed_, std::move(draft));
}

}  // namespace comity::feed
