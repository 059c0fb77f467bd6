// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/nodes/operators.h"

#include <stdexcept>

namespace comity::sim::nodes {

using federation::By;
using federation::Peer;
using federation::Peering;
using federation::PeerState;
using federation::Result;
using federation::Status;
using federation::Step;
using federation::WallTime;

const Peer* peer_of(Agency& at, const std::string& name) {
  if (at.core() == nullptr) return nullptr;
  return at.core()->feeds().trust().peers().find(std::string_view(name));
}

bool is_active(Agency& at, const std::string& name) {
  const Peer* const peer = peer_of(at, name);
  if (peer == nullptr) return false;
  auto& trust = at.core()->feeds().trust();
  return peer->state_at(trust.peers().time(trust.now())) == PeerState::kActive;
}

bool decide(Agency& at, const std::string& peer,
            const std::function<Result<Step>(Peering&, WallTime)>& what) {
  daemon::Core* const core = at.core();
  if (core == nullptr) return false;
  auto& trust = core->feeds().trust();
  auto step = what(trust.peering(), trust.now());
  if (!step.ok()) return false;
  core->world().federation().decide(peer, *std::move(step), [](const Status&) {});
  return true;
}

bool Pairing::done() {
  return is_active(inviter_, accepter_.name()) && is_active(accepter_, inviter_.name());
}

void Pairing::look() {
  if (inviter_.core() == nullptr) return;
  if (peer_of(inviter_, accepter_.name()) == nullptr) {
    auto& trust = inviter_.core()->feeds().trust();
    auto invited =
        trust.peering().invite({.name = accepter_.name(), .terms = terms_}, By::node(), trust.now());
    if (!invited.ok()) throw std::logic_error("invite: " + proto::to_string(invited.error()));
    inviter_.core()->world().federation().decide(accepter_.name(), std::move(invited->step),
                                                 [this, text = invited->text](const Status& stored) {
                                                   if (stored.ok()) invite_ = text;
                                                 });
    return;
  }
  if (accepter_.core() == nullptr || invite_.empty()) return;
  if (peer_of(accepter_, inviter_.name()) == nullptr) {
    const bool taken = decide(accepter_, inviter_.name(), [&](Peering& peering, WallTime now) {
      return peering.accept(invite_, inviter_.name(), false, By::node(), now);
    });
    if (!taken) throw std::logic_error(accepter_.name() + " does not accept");
    return;
  }
  verify(inviter_, accepter_);
  verify(accepter_, inviter_);
}

void Pairing::verify(Agency& at, Agency& other) {
  const Peer* const peer = peer_of(at, other.name());
  if (peer == nullptr || !peer->pairing || peer->pairing->we_verified || peer->pairing->claims.empty())
    return;
  (void)decide(at, other.name(), [&](Peering& peering, WallTime now) {
    return peering.verify(other.name(), other.words(), By::node(), now);
  });
}

}  // namespace comity::sim::nodes
