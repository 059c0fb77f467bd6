// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <unordered_map>

#include "node/federation/links/link_table.h"
#include "node/peer/connection.h"
#include "node/runtime/condition.h"
#include "node/runtime/nursery.h"

namespace comity::federation {

/// What links ask the owner of the node. Owner thread only.
class LinkOwner {
 public:
  LinkOwner() = default;
  LinkOwner(const LinkOwner&) = delete;
  LinkOwner& operator=(const LinkOwner&) = delete;
  virtual ~LinkOwner() = default;

  /// Where the agency's node listens, best first; tried in this order.
  [[nodiscard]] virtual std::vector<runtime::Endpoint> endpoints(const AgencyId& agency) const = 0;
  /// Keys for one handshake with it. An error is a failed dial.
  [[nodiscard]] virtual proto::Result<peer::Call> call(const AgencyId& agency) = 0;
  /// The instance that is pinned for it; nothing when none has been seen.
  [[nodiscard]] virtual std::optional<InstanceId> pinned(const AgencyId& agency) const = 0;
  /// A second instance of the agency wanted a session while another one has its own: it was told CLONE.
  virtual void clone_met(const AgencyId& /*agency*/, const InstanceId& /*refused*/) {}
  /// A dial that led to no session, for the operator's eyes.
  virtual void dial_failed(const AgencyId& agency, const runtime::Endpoint& endpoint,
                           const proto::Error& why) = 0;
};

/// Keeps one session with every wanted agency. It stands between the sessions and their handler: whatever
/// opens passes through LinkTable first, and a session that does not stay is told so and never reaches the
/// handler. Sessions of a pairing pass untouched. The handler never knows two sessions of one agency at once:
/// closed() of the one that goes comes before opened() of the one that stays. The Door of the node uses this
/// handler too. Owner thread only; close() before destruction.
class Links final : public peer::SessionHandler {
 public:
  /// All outlive it. `failed` is told of what a task threw.
  Links(runtime::Executor executor, const AgencyId& self, runtime::Clock& clock, runtime::Net& net,
        crypto::Random& random, LinkOwner& owner, peer::SessionHandler& handler,
        std::function<void(const std::string& what)> failed);
  ~Links() override;

  /// Begins to dial. `local.handler` is this object: `Local local{clock, random, known, links, hello}`.
  void start(const peer::Local& local);
  void want(const AgencyId& agency);
  void forget(const AgencyId& agency);
  void retry(const AgencyId& agency);
  /// The session that stays with the agency; nullptr when there is none.
  [[nodiscard]] peer::Session* session(const AgencyId& agency) const;
  /// Sessions that the handler knows, those of pairings included.
  [[nodiscard]] std::vector<peer::Session*> sessions() const;

  /// Dials no more, says `why` in every session, gives them `grace`, cancels what is left of those that were
  /// dialled from here; those of a Door are the Door's.
  [[nodiscard]] runtime::Task<void> close(v1::Bye why, Duration grace);

  void opened(peer::Session& session) override;
  void message(peer::Session& session, v1::Lane lane, v1::Wire&& message, std::size_t bytes) override;
  void room(peer::Session& session, v1::Lane lane) override;
  void closed(peer::Session& session, const proto::Error& why, const std::optional<v1::Bye>& theirs) override;

 private:
  [[nodiscard]] runtime::Task<void> dial_loop();
  void end_here(peer::Session& session, const v1::Bye& bye);
  [[nodiscard]] static runtime::Task<void> dial(Links* links, AgencyId agency);

  runtime::Clock& clock_;
  runtime::Net& net_;
  crypto::Random& random_;
  LinkOwner& owner_;
  peer::SessionHandler& handler_;
  const peer::Local* local_ = nullptr;
  LinkTable table_;
  std::optional<v1::Bye> closing_;  // what is said to everybody from then on
  std::uint64_t next_number_ = 1;
  std::unordered_map<peer::Session*, std::uint64_t> numbers_;  // of those that the handler knows, in no order
  runtime::Condition changed_;
  runtime::Nursery nursery_;
};

}  // namespace comity::federation
