// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/sync/outlet.h"
#include "node/peer/session.h"

namespace comity::federation {

/// A session as sync sees it. Owner thread; the session outlives it.
class SessionOutlet final : public Outlet {
 public:
  explicit SessionOutlet(peer::Session& session) : session_(session) {}

  proto::Status send(v1::Lane lane, const v1::Wire& message) override { return session_.send(lane, message); }
  std::size_t backlog(v1::Lane lane) const override { return session_.backlog(lane); }
  LaneRoom credit(v1::Lane lane) const override {
    const peer::Session::Room room = session_.credit(lane);
    return {room.entries, room.bytes};
  }
  void grant(v1::Lane lane, std::uint32_t entries, std::uint64_t bytes) override {
    session_.grant(lane, entries, bytes);
  }
  void bye(const v1::Bye& why) override { session_.bye(why); }

 private:
  peer::Session& session_;
};

}  // namespace comity::federation
