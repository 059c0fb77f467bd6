// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>

#include <fmt/format.h>

#include "crypto/invite.h"
#include "node/federation/peering/peering.h"

namespace comity::federation {
namespace {

std::string invite_text(const InviteId& invite) {
  return invite.hex().substr(0, 8);
}

// The transport key that lasts longest.
std::optional<crypto::X25519PublicKey> newest_transport(const crypto::KeyChain& chain, WallTime now) {
  const crypto::TransportKey* best = nullptr;
  for (const crypto::TransportKey& key : chain.current().transport) {
    if (key.valid_at(now) && (best == nullptr || key.not_after > best->not_after)) best = &key;
  }
  return best == nullptr ? std::nullopt : std::optional(best->key);
}

bool reusable(const Peer& peer, WallTime now) {
  const PeerState state = peer.state_at(now);
  return state == PeerState::kRevoked || state == PeerState::kDeclined ||
         (state == PeerState::kExpired && peer.stage != Stage::kActive);
}

}  // namespace

Status Peering::check_free(std::string_view name) const {
  if (!is_peer_name(name)) return Error{Code::kPeerBadName, fmt::format("'{}'", name)};
  return {};
}

void Peering::make_room(std::string_view name, const AgencyId& agency, Rows& rows) {
  std::vector<std::string> gone;
  for (const auto& [held, peer] : setup_.book.all()) {
    if (held == name || (!agency.is_zero() && peer.agency == agency)) gone.push_back(held);
  }
  for (const std::string& held : gone) {
    Peer* const peer = setup_.book.change(std::string_view(held));
    while (peer->pairing && !peer->pairing->claims.empty() && peer->pairing->claims.front().agency != agency)
      drop_claim(*peer, peer->pairing->claims.front().agency, rows);
    setup_.book.remove(held, rows);
  }
}

Result<Invited> Peering::invite(const InviteRequest& request, const By& by, WallTime now) {
  COMITY_CHECK(check_free(request.name));
  const Peer* const there = setup_.book.find(std::string_view(request.name));
  if (there != nullptr && !reusable(*there, setup_.book.time(now)))
    return Error{Code::kPeerNameTaken, request.name};
  if (there == nullptr && setup_.book.all().size() >= PeerBook::kMostPeers) {
    return Error{Code::kPairingFull, fmt::format("there are {} peers", PeerBook::kMostPeers)};
  }
  if (request.valid <= std::chrono::seconds(0) || request.valid > kLongestInvite) {
    return Error{Code::kInviteRule, "an invitation is valid for a second up to 30 days"};
  }
  const Terms terms = request.terms ? *request.terms : default_terms(now);
  if (terms.ends <= now) return Error{Code::kAgreementEnded, time_text(terms.ends)};

  Peer peer{.name = request.name, .stage = Stage::kInvited};
  PairingRow& pairing = peer.pairing.emplace();
  pairing.invite = setup_.random.next<InviteId>();
  pairing.ours = true;
  setup_.random.fill(pairing.psk.writable());
  pairing.expires = now + request.valid;
  COMITY_TRY(pairing.terms, encode_terms(terms));
  pairing.terms_digest = terms_digest(pairing.terms);
  pairing.we_signed = true;

  const crypto::KeyChain& own = setup_.chains.own();
  const auto transport = newest_transport(own, now);
  if (!transport) return Error{Code::kKeyOutsideWindow, "no transport key of ours is valid now"};
  const feed::SigningKey signing = setup_.signing();
  crypto::Invite invite;
  invite.agency = setup_.self;
  invite.keydoc_hash = own.current_hash();
  invite.transport_key = *transport;
  invite.node_key = signing.pair->public_key();
  invite.endpoints = setup_.advertised();
  invite.id = pairing.invite;
  std::ranges::copy(pairing.psk.view(), invite.psk.writable().begin());
  invite.terms_digest = pairing.terms_digest;
  invite.expires = pairing.expires;
  invite.legal_name = own.current().legal_name;

  Invited out{.id = pairing.invite, .expires = pairing.expires, .terms_digest = pairing.terms_digest};
  COMITY_TRY(out.text, crypto::write_invite(invite, *signing.pair));
  make_room(request.name, AgencyId(), out.step.rows);
  out.step.event = audit_event("peer.invite", by, now, AgencyId(),
                               {{"name", peer.name},
                                {"invitation", invite_text(pairing.invite)},
                                {"agreement", digest_text(pairing.terms_digest)},
                                {"expires", time_text(pairing.expires)}});
  setup_.book.save(setup_.book.add(std::move(peer)), out.step.rows, now);
  return out;
}

Result<Step> Peering::accept(std::string_view text, std::string_view name, bool review, const By& by,
                             WallTime now) {
  COMITY_CHECK(check_free(name));
  COMITY_TRY(crypto::Invite invite, crypto::read_invite(text, setup_.book.time(now)));
  if (invite.agency == setup_.self) return Error{Code::kOwnInvite, invite_text(invite.id)};
  if (const PeerBook::Used* const used = setup_.book.used(invite.id)) {
    return Error{Code::kInviteUsed, "at " + time_text(used->when)};
  }
  const WallTime known = setup_.book.time(now);
  if (const Peer* const same = setup_.book.find(invite.id); same != nullptr && !reusable(*same, known)) {
    return Error{Code::kPeerThere, same->name};
  }
  if (const Peer* const same = setup_.book.find(invite.agency); same != nullptr && !reusable(*same, known)) {
    return Error{Code::kPeerThere, same->name};
  }
  if (const Peer* const there = setup_.book.find(name); there != nullptr && !reusable(*there, known)) {
    return Error{Code::kPeerNameTaken, std::string(name)};
  }

  Peer peer{.name = std::string(name), .agency = invite.agency, .stage = Stage::kVerifying};
  peer.endpoints = invite.endpoints;
  PairingRow& pairing = peer.pairing.emplace();
  pairing.invite = invite.id;
  std::ranges::copy(invite.psk.view(), pairing.psk.writable().begin());
  pairing.expires = invite.expires;
  pairing.terms_digest = invite.terms_digest;
  pairing.keydoc_hash = invite.keydoc_hash;
  pairing.node_key = invite.node_key;
  pairing.review = review;
  Claim& claim = pairing.claims.emplace_back();
  claim.agency = invite.agency;
  claim.transport = invite.transport_key;
  claim.legal_name = invite.legal_name;
  claim.since = now;
  claim.chain_held_before = setup_.chains.find(invite.agency) != nullptr;

  Step step;
  make_room(name, invite.agency, step.rows);
  step.event = audit_event("peer.answer", by, now, invite.agency,
                           {{"name", peer.name},
                            {"invitation", invite_text(invite.id)},
                            {"agreement", digest_text(invite.terms_digest)}});
  setup_.book.save(setup_.book.add(std::move(peer)), step.rows, now);
  return step;
}

Step Peering::wrong_words(Peer& peer, const crypto::Words& typed, const By& by, WallTime now) {
  const auto& claims = peer.pairing->claims;
  std::string detail;
  if (claims.size() == 1) {
    for (const std::size_t word : crypto::differing_words(typed, crypto::words_of(claims.front().agency)))
      detail += fmt::format("{}{}", detail.empty() ? "words that differ, of 8: " : ", ", word);
  } else {
    detail = fmt::format("they are those of none of the {} callers", claims.size());
  }
  ++peer.wrong_tries;
  const Error error{Code::kWordsDiffer, detail};
  peer.last_error = {.code = error.code, .text = detail, .when = now};
  Step step;
  step.event = audit_failure("peer.verify.mismatch", by, now, peer.agency, error);
  auto* const who = step.event->add_detail();
  who->set_key("name");
  who->set_value(peer.name);
  setup_.book.save(peer, step.rows, now);
  step.failure = error;
  return step;
}

Result<Step> Peering::verify(std::string_view name, std::string_view words, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  if (!peer->pairing || (peer->stage != Stage::kInvited && peer->stage != Stage::kVerifying)) {
    return Error{Code::kPeerState, std::string(name_of(peer->state_at(setup_.book.time(now))))};
  }
  PairingRow& pairing = *peer->pairing;
  if (pairing.we_verified)
    return Error{Code::kPeerState, "verified already; the other operator has to do the same"};
  if (setup_.book.time(now) > pairing.expires) {
    return Error{Code::kInviteExpired, "it was for use until " + time_text(pairing.expires)};
  }
  const auto typed = crypto::parse_words(words);
  if (!typed.ok()) return Error{Code::kWordsForm, typed.error().detail};
  if (pairing.claims.empty()) return Error{Code::kPeerState, "nobody has called with this invitation yet"};
  // By the latest time known: a clock that is set back gives no new tries.
  if (const WallTime known = setup_.book.time(now); known >= peer->tries_since + std::chrono::hours(1)) {
    peer->tries_since = known;
    peer->wrong_tries = 0;
  }
  if (peer->wrong_tries >= kMostWrongTries) {
    return Error{Code::kPeerState, fmt::format("too many wrong words: try again after {}",
                                               time_text(peer->tries_since + std::chrono::hours(1)))};
  }
  const auto right = std::ranges::find_if(
      pairing.claims, [&](const Claim& claim) { return crypto::words_of(claim.agency) == *typed; });
  if (right == pairing.claims.end()) return wrong_words(*peer, *typed, by, now);
  const AgencyId agency = right->agency;
  const Peer* const other = setup_.book.find(agency);
  if (other != nullptr && other != peer && !reusable(*other, setup_.book.time(now))) {
    return Error{Code::kPeerThere, other->name};
  }

  Step step;
  if (other != nullptr && other != peer) setup_.book.remove(std::string(other->name), step.rows);
  std::vector<AgencyId> others;
  for (const Claim& claim : pairing.claims) {
    if (claim.agency != agency) others.push_back(claim.agency);
  }
  for (const AgencyId& gone : others)
    drop_claim(*peer, gone, step.rows);
  pairing.we_verified = true;
  peer->agency = agency;
  peer->stage = Stage::kVerifying;
  peer->wrong_tries = 0;
  if (pairing.ours) setup_.book.use_invite(pairing.invite, agency, now, step.rows);
  step.event = audit_event("peer.verify.ok", by, now, agency,
                           {{"name", peer->name},
                            {"invitation", invite_text(pairing.invite)},
                            {"agreement", digest_text(pairing.terms_digest)}});
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Result<Step> Peering::abort(std::string_view name, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  if (peer->stage == Stage::kActive || peer->stage == Stage::kRevoked) {
    return Error{Code::kPeerState, "only a pairing that is not finished can be given up"};
  }
  Step step;
  step.event =
      audit_event("peer.abort", by, now, peer->agency,
                  {{"name", peer->name},
                   {"invitation", peer->pairing ? invite_text(peer->pairing->invite) : std::string()}});
  while (peer->pairing && !peer->pairing->claims.empty())
    drop_claim(*peer, peer->pairing->claims.front().agency, step.rows);
  setup_.book.remove(std::string(name), step.rows);
  return step;
}

Result<Step> Peering::decline(std::string_view name, std::string_view reason, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  if (!peer->pairing || (peer->stage != Stage::kInvited && peer->stage != Stage::kVerifying)) {
    return Error{Code::kPeerState, std::string(name_of(peer->state_at(setup_.book.time(now))))};
  }
  peer->stage = Stage::kDeclined;
  peer->reason = std::string(reason.substr(0, 512));
  Step step;
  step.event =
      audit_event("peer.decline", by, now, peer->agency, {{"name", peer->name}, {"reason", peer->reason}});
  setup_.book.save(*peer, step.rows, now);
  return step;
}

void Peering::drop_claim(Peer& peer, const AgencyId& agency, Rows& rows) {
  auto& claims = peer.pairing->claims;
  const auto at = std::ranges::find(claims, agency, &Claim::agency);
  if (at == claims.end()) return;
  const bool held_before = at->chain_held_before;
  claims.erase(at);
  // The chain may serve another pairing or peer by now.
  const bool needed = std::ranges::any_of(setup_.book.all(), [&](const auto& item) {
    const Peer& other = item.second;
    if (&other != &peer && other.agency == agency) return true;
    return other.pairing &&
           std::ranges::find(other.pairing->claims, agency, &Claim::agency) != other.pairing->claims.end();
  });
  if (!held_before && !needed) rows.add(setup_.chains.forget(agency));
}

void Peering::activate(Peer& peer, WallTime now, Rows& rows) {
  Claim& claim = peer.pairing->claims.front();
  peer.stage = Stage::kActive;
  peer.psks = std::move(claim.psks);
  claim.psks.clear();
  peer.suspended = peer.refused_by_them = peer.forked = false;
  peer.last_error = {};
  setup_.book.use_invite(peer.pairing->invite, peer.agency, now, rows);
  enter_into_force(peer, *claim.agreement, rows);
}

}  // namespace comity::federation
