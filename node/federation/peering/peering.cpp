// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/peering.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "node/federation/peering/reasons.h"

namespace comity::federation {
namespace {

// A key of any version that we hold may call: whether it still counts is told it, in the session.
bool lists_transport(const crypto::KeyChain& chain, const crypto::X25519PublicKey& key) {
  for (std::uint32_t version = chain.version(); version > 0; --version) {
    for (const crypto::TransportKey& listed : chain.at(version)->transport) {
      if (listed.key == key) return chain.revocation(listed.id()) == nullptr;
    }
  }
  return false;
}

std::optional<crypto::X25519PublicKey> newest_transport(const crypto::KeyChain& chain, WallTime now) {
  const crypto::TransportKey* best = nullptr;
  for (const crypto::TransportKey& key : chain.current().transport) {
    if (key.valid_at(now) && (best == nullptr || key.not_before > best->not_before)) best = &key;
  }
  return best == nullptr ? std::nullopt : std::optional(best->key);
}

Error wrong_state(const Peer& peer, WallTime now) {
  return {Code::kPeerState, fmt::format("{} is {}", peer.name, name_of(peer.state_at(now)))};
}

}  // namespace

Result<Peer*> Peering::named(std::string_view name) {
  Peer* const peer = setup_.book.change(name);
  if (peer == nullptr) return Error{Code::kPeerUnknown, std::string(name)};
  return peer;
}

Result<Step> Peering::suspend(std::string_view name, std::optional<std::chrono::seconds> length,
                              std::string_view reason, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  if (peer->stage != Stage::kActive) return wrong_state(*peer, setup_.book.time(now));
  peer->suspended = true;
  peer->suspended_until.reset();
  if (length) peer->suspended_until = setup_.book.time(now) + *length;
  peer->reason = std::string(reason.substr(0, 512));
  Step step;
  const std::string until = peer->suspended_until ? time_text(*peer->suspended_until) : "resumed";
  step.event = audit_event("peer.suspend", by, now, peer->agency,
                           {{"name", peer->name}, {"until", until}, {"reason", peer->reason}});
  v1::Bye& bye = step.bye.emplace();
  bye = bye_for({Code::kPeerState, {}}, now, peer->suspended_until);
  bye.set_reason(v1::REASON_SUSPENDED);
  bye.set_text(std::string(reason.substr(0, 200)));
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Result<Step> Peering::resume(std::string_view name, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  if (peer->stage != Stage::kActive || !peer->suspended) return wrong_state(*peer, setup_.book.time(now));
  peer->suspended = false;
  peer->suspended_until.reset();
  peer->reason.clear();
  Step step;
  step.event = audit_event("peer.resume", by, now, peer->agency, {{"name", peer->name}});
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Result<Step> Peering::revoke(std::string_view name, std::string_view reason, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  if (peer->stage != Stage::kActive) return wrong_state(*peer, setup_.book.time(now));
  peer->stage = Stage::kRevoked;
  // The last secret of the pair opens nothing any more but a session in which they are told.
  if (peer->psks.size() > 1) peer->psks.resize(1);
  peer->pairing.reset();
  peer->our_proposal.reset();
  peer->their_proposal.reset();
  peer->reason = std::string(reason.substr(0, 512));
  Step step;
  step.event =
      audit_event("peer.revoke", by, now, peer->agency, {{"name", peer->name}, {"reason", peer->reason}});
  step.bye.emplace().set_reason(v1::REASON_REVOKED);
  step.bye->set_text(std::string(reason.substr(0, 200)));
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Result<Step> Peering::retry(std::string_view name, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  if (peer->stage == Stage::kRevoked || peer->stage == Stage::kDeclined) {
    return wrong_state(*peer, setup_.book.time(now));
  }
  peer->refused_by_them = false;
  peer->their_refusal_until.reset();
  peer->last_error = {};
  Step step;
  step.event = audit_event("peer.retry", by, now, peer->agency, {{"name", peer->name}});
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Result<Step> Peering::heal(std::string_view name, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  const Code last = peer->last_error.code;
  const bool ill =
      peer->forked || !peer->other.is_zero() || last == Code::kPeerClone || last == Code::kPeerWentBack;
  if (peer->stage != Stage::kActive || !ill) return wrong_state(*peer, setup_.book.time(now));
  Step step;
  peer->forked = false;
  peer->retired.clear();
  if (!peer->other.is_zero()) {
    peer->retired.push_back(peer->instance);
    step.bye = bye_for({Code::kPeerClone, {}}, now);
    step.bye->set_instance(field(peer->other.view()));
  }
  peer->instance = std::exchange(peer->other, InstanceId());
  peer->boot_count = 0;
  peer->last_error = {};
  step.event = audit_event("peer.heal", by, now, peer->agency, {{"name", peer->name}});
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Step Peering::cloned(const AgencyId& agency, const InstanceId& refused, WallTime now) {
  Step step;
  Peer* const peer = setup_.book.change(agency);
  if (peer == nullptr || peer->stage != Stage::kActive) return step;
  const bool again = peer->other == refused;
  const Error error{Code::kPeerClone, fmt::format("instance {} was refused, pinned is {}", refused.hex(),
                                                  peer->instance.hex())};
  peer->other = refused;
  peer->last_error = {.code = error.code, .text = error.detail, .when = now};
  if (!again) step.event = audit_failure("peer.clone", By::peer(agency), now, agency, error);
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Step Peering::forked(const AgencyId& agency, std::string_view what, WallTime now) {
  Step step;
  Peer* const peer = setup_.book.change(agency);
  if (peer == nullptr || peer->stage != Stage::kActive || peer->forked) return step;
  peer->forked = true;
  peer->reason = std::string(what.substr(0, 512));
  step.event =
      audit_event("peer.fork", By::node(), now, agency, {{"name", peer->name}, {"what", peer->reason}});
  setup_.book.save(*peer, step.rows, now);
  return step;
}

std::vector<Step> Peering::tick(WallTime now) {
  const WallTime known = setup_.book.time(now);
  std::vector<std::string> names;
  for (const auto& [name, peer] : setup_.book.all())
    names.push_back(name);
  std::vector<Step> out;
  const auto note = [&](Peer& peer, std::string_view event, std::string detail) {
    Step step;
    step.event = audit_event(event, By::node(), now, peer.agency,
                             {{"name", peer.name}, {"detail", std::move(detail)}});
    setup_.book.save(peer, step.rows, now);
    out.push_back(std::move(step));
  };
  for (const std::string& name : names) {
    Peer& peer = *setup_.book.change(std::string_view(name));
    const PeerState before = peer.state;
    const PeerState after = peer.state_at(known);
    if (peer.suspended && peer.suspended_until && known >= *peer.suspended_until) {
      peer.suspended = false;
      peer.suspended_until.reset();
      note(peer, "peer.resume", "the time of the suspension is over");
      continue;
    }
    if (before != after) {
      const bool agreement = peer.stage == Stage::kActive;
      note(peer,
           after != PeerState::kExpired ? "peer.resume"
           : agreement                  ? "agreement.expire"
                                        : "peer.expire",
           std::string(name_of(after)));
      continue;
    }
    if (peer.stage != Stage::kActive || !peer.agreement || after == PeerState::kExpired) continue;
    const auto left = peer.agreement->terms.ends - known;
    std::uint32_t due = 0;
    for (const std::uint32_t days : {30U, 7U, 1U}) {
      if (left <= std::chrono::days(days)) due = days;
    }
    if (due == 0 || (peer.warned_days != 0 && peer.warned_days <= due)) continue;
    peer.warned_days = due;
    note(peer, "agreement.ending", fmt::format("it ends {}", time_text(peer.agreement->terms.ends)));
  }
  return out;
}

bool Peering::invite_open(const InviteId& invite, WallTime now) const {
  const Peer* const peer = setup_.book.find(invite);
  if (peer == nullptr || !peer->pairing->ours) return false;
  if (peer->stage == Stage::kDeclined || peer->stage == Stage::kRevoked) return false;
  return peer->pairing->we_verified || setup_.book.time(now) <= peer->pairing->expires;
}

std::optional<crypto::Key32> Peering::pairing_psk(const InviteId& invite,
                                                  const crypto::X25519PublicKey& remote_static,
                                                  WallTime now) const {
  if (!invite_open(invite, now)) return std::nullopt;
  const Peer& peer = *setup_.book.find(invite);
  if (peer.pairing->we_verified) {
    const crypto::KeyChain* const chain = setup_.chains.find(peer.agency);
    if (chain == nullptr || !lists_transport(*chain, remote_static)) return std::nullopt;
  }
  crypto::Key32 psk;
  std::ranges::copy(peer.pairing->psk.view(), psk.writable().begin());
  return psk;
}

std::optional<AgencyId> Peering::peer_of_static(const crypto::X25519PublicKey& remote_static,
                                                WallTime /*now*/) const {
  for (const auto& [name, peer] : setup_.book.all()) {
    if (peer.agency.is_zero() || peer.stage == Stage::kDeclined) continue;
    const crypto::KeyChain* const chain = setup_.chains.find(peer.agency);
    if (chain != nullptr && lists_transport(*chain, remote_static)) return peer.agency;
  }
  return std::nullopt;
}

Result<DialPlan> Peering::dial(std::string_view name, WallTime now) const {
  const Peer* const peer = setup_.book.find(name);
  if (peer == nullptr) return Error{Code::kPeerUnknown, std::string(name)};
  const WallTime known = setup_.book.time(now);
  DialPlan plan{.agency = peer->agency};
  const EndpointSet* const signed_endpoints = setup_.endpoints.find(peer->agency);
  plan.endpoints = signed_endpoints != nullptr ? signed_endpoints->endpoints : peer->endpoints;
  if (peer->stage == Stage::kActive) {
    auto psk = setup_.book.session_psk(peer->agency);
    const crypto::KeyChain* const chain = setup_.chains.find(peer->agency);
    if (!psk || chain == nullptr) return Error{Code::kKeyUnknown, peer->name};
    const auto transport = newest_transport(*chain, now);
    if (!transport) return Error{Code::kKeyDocStale, "no transport key of the peer is valid now"};
    plan.remote_static = *transport;
    plan.psk = *std::move(psk);
  } else {
    // A declined one is dialled once more, so that the other operator is told.
    const bool untold = peer->stage == Stage::kDeclined && !peer->refused_by_them;
    const bool open = peer->stage == Stage::kVerifying || untold;
    if (!open || !peer->pairing || peer->pairing->ours || peer->pairing->claims.empty() ||
        peer->state_at(known) == PeerState::kExpired) {
      return wrong_state(*peer, known);
    }
    plan.pairing = true;
    plan.invite = peer->pairing->invite;
    plan.remote_static = peer->pairing->claims.front().transport;
    std::ranges::copy(peer->pairing->psk.view(), plan.psk.writable().begin());
  }
  if (plan.endpoints.empty()) return Error{Code::kPeerOffline, "no address of it is known"};
  return plan;
}

}  // namespace comity::federation
