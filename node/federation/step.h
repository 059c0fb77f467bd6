// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "comity/v1/audit.pb.h"
#include "comity/v1/session.pb.h"

#include "node/federation/types.h"
#include "storage/batch.h"

namespace comity::federation {

/// Rows that change together, to be put into whichever batch carries the audit event.
class Rows {
 public:
  void put(Bytes key, Bytes value) { rows_.emplace_back(std::move(key), std::move(value)); }
  void erase(Bytes key) { rows_.emplace_back(std::move(key), std::nullopt); }
  void add(Rows more);
  void into(storage::Batch& batch) const;
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

 private:
  std::vector<std::pair<Bytes, std::optional<Bytes>>> rows_;
};

/// What one step of a state machine asks of its caller. The copy in memory has changed already; `rows` and
/// `event` go into one batch; after its fsync `messages` are sent in order and `failure` is answered to
/// whoever asked. When the batch fails, the caller loads everything again from the store.
struct Step {
  Rows rows{};
  std::optional<v1::LocalAudit> event{};  ///< one for each change of state; none when nothing was decided
  std::vector<v1::Wire> messages{};  ///< to the session at hand, else to the peer's session if there is one
  std::optional<v1::Bye> bye{};      ///< ends that session, after the messages
  std::optional<Error> failure{};    ///< why it went no further: for whoever asked, and the log

  [[nodiscard]] bool empty() const noexcept {
    return rows.empty() && !event && messages.empty() && !bye && !failure;
  }
};

/// On whose behalf something is done.
struct By {
  v1::AuditActor actor{};
  v1::AuditVia via = v1::AUDIT_VIA_NODE;

  [[nodiscard]] static By node() { return {}; }
  [[nodiscard]] static By peer(const AgencyId& agency);
};

/// One event of the audit log. `peer` may be zero; values over a kilobyte are cut.
[[nodiscard]] v1::LocalAudit audit_event(
    std::string_view name, const By& by, WallTime now, const AgencyId& peer,
    std::initializer_list<std::pair<std::string_view, std::string>> details = {});

/// The same for what failed: operators want to see that too.
[[nodiscard]] v1::LocalAudit audit_failure(std::string_view name, const By& by, WallTime now,
                                           const AgencyId& peer, const Error& error);

}  // namespace comity::federation
