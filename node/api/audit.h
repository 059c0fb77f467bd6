// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>

#include "node/api/command.h"
#include "node/feed/audit_page.h"

namespace comity::api {

/// Reads a page of the audit log; on the owner thread.
using ReadAudit = std::function<proto::Result<feed::AuditPage>(const proto::Bytes& after, std::size_t limit)>;

/// The command "audit/list": {limit, after} → {events: [{id, seq, time, event, ok, code, via, actor, peer,
/// space, entry, detail}], next}, newest first. `read` outlives the table.
[[nodiscard]] Command audit_list_command(ReadAudit read);

}  // namespace comity::api
