// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/pair_session.h"

#include <algorithm>

#include <fmt/format.h>

#include "crypto/invite.h"
#include "crypto/noise/peer_psk.h"
#include "node/federation/peering/key_news.h"
#include "node/federation/peering/reasons.h"
#include "proto/utf8.h"

namespace comity::federation {
namespace {

Error key_changed(const Error& why) {
  return {Code::kPeerKeyChanged, proto::to_string(why)};
}

}  // namespace

Peer* PairSession::peer() {
  return peering_.setup().book.change(contact_.invite);
}

Claim* PairSession::claim() {
  Peer* const at = peer();
  if (at == nullptr) return nullptr;
  const auto found = std::ranges::find(at->pairing->claims, contact_.agency, &Claim::agency);
  return found == at->pairing->claims.end() ? nullptr : &*found;
}

Result<Step> PairSession::opened(WallTime now) {
  const PeeringSetup& setup = peering_.setup();
  Peer* const at = peer();
  if (at == nullptr) {
    if (setup.book.used(contact_.invite) != nullptr) return Error{Code::kInviteUsed, {}};
    return Error{Code::kPeerUnknown, "no such invitation"};
  }
  const PairingRow& pairing = *at->pairing;
  if (contact_.agency == setup.self) return Error{Code::kOwnInvite, {}};
  if (!pairing.we_verified && setup.book.time(now) > pairing.expires) {
    return Error{Code::kInviteExpired, "it was for use until " + time_text(pairing.expires)};
  }
  if (contact_.we_dialled == pairing.ours)
    return Error{Code::kSessionOrder, "the invitation of the other side"};
  if (pairing.ours) {
    if (pairing.we_verified && contact_.agency != at->agency) return Error{Code::kInviteUsed, {}};
  } else if (contact_.agency != at->agency) {
    return Error{Code::kPeerKeyChanged,
                 fmt::format("expected {}, got {}", at->agency.hex(), contact_.agency.hex())};
  }
  Step step;
  v1::KeyDocWant all;
  all.set_agency(field(setup.self.view()));
  all.set_from_version(1);
  for (v1::KeyDocs& part : setup.chains.serve(all))
    *step.messages.emplace_back().mutable_keydocs() = std::move(part);
  return step;
}

Result<Step> PairSession::message(const v1::Wire& wire, WallTime now) {
  if (peer() == nullptr) return Error{Code::kPeerUnknown, "the pairing was given up"};
  switch (wire.m_case()) {
    case v1::Wire::kKeydocs:
      return take_keydocs(wire.keydocs(), now);
    case v1::Wire::kAgreement:
      return take_agreement(wire.agreement(), now);
    case v1::Wire::kPairState:
      return take_state(wire.pair_state(), now);
    default:
      return Error{Code::kSessionOrder, "no message of a pairing"};
  }
}

Result<Step> PairSession::take_keydocs(const v1::KeyDocs& message, WallTime now) {
  if (ready_ || id_of<AgencyId>(message.agency()) != contact_.agency) {
    return Error{Code::kSessionOrder, "key documents that nobody asked for"};
  }
  PeeringSetup& setup = peering_.setup();
  Claim* const known = claim();
  // A caller takes one of the few places before we keep anything of it.
  if (known == nullptr && peer()->pairing->claims.size() >= PeerBook::kMostClaims) {
    return Error{Code::kPairingFull, fmt::format("{} wait for their words", PeerBook::kMostClaims)};
  }
  if (setup.chains.find(contact_.agency) == nullptr) chain_is_new_ = true;
  // Whoever has an invitation may call: it does not fill the room that all chains share.
  auto taken =
      setup.chains.take(message, true, chain_is_new_ ? ChainBook::kMostUnverified : ChainBook::kMostOneChain);
  if (!taken.ok() && taken.error().code == Code::kKeyChainFull) return taken.error();
  // A chain that begins in the middle comes no further; said at once, it would tell which chains are held.
  if (!taken.ok() && taken.error().code == Code::kKeyDocGap && peer()->pairing->ours) return Step{};
  if (!taken.ok()) return key_changed(taken.error());
  Step step =
      taken->changed ? chain_grew(setup, contact_.agency, contact_.agency, *std::move(taken), now) : Step{};
  if (chain_is_new_) step.event.reset();  // it begins: nothing has changed
  shown_ += static_cast<std::uint32_t>(message.doc_size());
  const crypto::KeyChain* const chain = setup.chains.find(contact_.agency);
  // Also where the chain is held the caller shows all of it: whom we know is not to be heard from the
  // outside.
  if (chain == nullptr || chain->version() < contact_.keydoc || shown_ < contact_.keydoc) return step;
  auto whole = chain_complete(*chain, step, now);
  // A key document proves itself: what it revokes is revoked, whoever brought it.
  if (!whole.ok()) unsaid_ = std::move(step);
  return whole;
}

void PairSession::put_on_record(PairingRow& pairing, v1::LocalAudit event, Step& step) {
  const bool stranger = pairing.ours && !pairing.we_verified;
  if (stranger && pairing.on_record >= pair_limits::kMostOnRecord) return;
  if (stranger && ++pairing.on_record == pair_limits::kMostOnRecord) {
    auto* const last = event.add_detail();
    last->set_key("note");
    last->set_value("what further callers of this invitation do is not put on record");
  }
  // Of two in one batch the other one tells of keys: both are kept in one.
  if (step.event) {
    for (const auto& detail : step.event->detail())
      if (detail.key() != "name") *event.add_detail() = detail;
  }
  step.event = std::move(event);
}

// Whoever found an invitation could fill the inviter's log: there only who was verified leaves a trace.
Step PairSession::note(const Error& error, v1::Reason theirs, WallTime now) {
  Step step;
  Peer* const at = peer();
  if (at == nullptr || at->agency != contact_.agency || at->stage == Stage::kActive) return step;
  // Their words hold a time, and the node goes on dialling: the same again is neither written nor recorded.
  const bool again = at->last_error.code == error.code && at->last_error.reason == theirs &&
                     (theirs != v1::REASON_NONE || at->last_error.text == error.detail);
  at->last_error = {.code = error.code, .reason = theirs, .text = error.detail, .when = now};
  if (again) return step;
  step.event = audit_failure("peer.refused", By::peer(contact_.agency), now, contact_.agency, error);
  peering_.setup().book.save(*at, step.rows, now);
  return step;
}

Step PairSession::refused(const Error& error, WallTime now) {
  Step step = std::exchange(unsaid_, {});
  Step noted = note(error, v1::REASON_NONE, now);
  step.rows.add(std::move(noted.rows));
  if (!step.event) step.event = std::move(noted.event);
  step.bye = bye_for(error, now);
  step.failure = error;
  return step;
}

Step PairSession::bye(const v1::Bye& bye, WallTime now) {
  const bool ordinary = bye.reason() == v1::REASON_CLOSING || bye.reason() == v1::REASON_DRAINING ||
                        bye.reason() == v1::REASON_REPLACED || bye.reason() == v1::REASON_TIMEOUT;
  if (ordinary || finished_ || parted_) return {};
  const Error error = error_of(bye.reason(), bye.text(), now, bye.retry_after());
  Step step = note(error, bye.reason(), now);
  step.failure = error;
  return step;
}

std::optional<v1::Bye> PairSession::overdue(runtime::Duration lived, runtime::Duration idle) const {
  const bool silent = !ready_ && lived >= pair_limits::kChainTime;
  if (!silent && idle < pair_limits::kIdleTime) return std::nullopt;
  v1::Bye bye;
  bye.set_reason(v1::REASON_TIMEOUT);
  bye.set_text(silent ? "the key documents have not come" : "nothing has come further: dial again");
  return bye;
}

Rows PairSession::closed() {
  const bool kept = claim() != nullptr || peering_.setup().book.find(contact_.agency) != nullptr;
  return chain_is_new_ && !kept ? peering_.setup().chains.forget(contact_.agency) : Rows();
}

Result<Step> PairSession::chain_complete(const crypto::KeyChain& chain, Step step, WallTime now) {
  PeeringSetup& setup = peering_.setup();
  Peer& at = *peer();
  PairingRow& pairing = *at.pairing;
  if (!chain.has_hash(contact_.keydoc_hash))
    return Error{Code::kPeerKeyChanged, "another key document than it named"};
  const Status transport = chain.check_transport(contact_.remote_static, now);
  if (!transport.ok()) return key_changed(transport.error());
  const Peer* const other = setup.book.find(contact_.agency);
  if (pairing.ours && other != nullptr && other != &at && other->stage == Stage::kActive) {
    return Error{Code::kPeerThere, other->name};
  }
  if (!pairing.ours) {
    crypto::Invite invite;
    invite.agency = at.agency;
    invite.keydoc_hash = pairing.keydoc_hash;
    invite.node_key = pairing.node_key;
    invite.transport_key = pairing.claims.front().transport;
    const Status borne_out = crypto::check_invite(invite, chain, now);
    if (!borne_out.ok()) return key_changed(borne_out.error());
  }
  ready_ = true;
  ++steps_;
  Claim* mine = claim();
  if (mine == nullptr) {
    mine = &pairing.claims.emplace_back();
    mine->agency = contact_.agency;
    mine->legal_name = chain.current().legal_name;
    mine->since = now;
    mine->chain_held_before = !chain_is_new_;
    put_on_record(pairing,
                  audit_event("peer.claim", By::peer(contact_.agency), now, contact_.agency,
                              {{"name", at.name},
                               {"invitation", contact_.invite.hex().substr(0, 8)},
                               {"legal_name", mine->legal_name}}),
                  step);
  }
  if (pairing.ours) mine->transport = contact_.remote_static;
  setup.book.save(at, step.rows, now);
  Step more = poll(now);
  step.rows.add(std::move(more.rows));
  for (v1::Wire& wire : more.messages)
    step.messages.push_back(std::move(wire));
  return step;
}

Result<Step> PairSession::take_agreement(const v1::SignedAgreement& message, WallTime now) {
  Claim* const mine = claim();
  if (!ready_ || mine == nullptr) return Error{Code::kSessionOrder, "an agreement before the key documents"};
  PeeringSetup& setup = peering_.setup();
  Peer& at = *peer();
  COMITY_TRY(Agreed agreed, read_agreement(message));
  const AgencyId& proposer = at.pairing->ours ? setup.self : contact_.agency;
  if (agreed.proposer != proposer || !agreed.between(setup.self, contact_.agency)) {
    return Error{Code::kAgreementRule, "it is between others"};
  }
  if (agreed.digest != at.pairing->terms_digest) {
    return Error{Code::kAgreementDiffers,
                 fmt::format("the invitation names {}, they signed {}", digest_text(at.pairing->terms_digest),
                             digest_text(agreed.digest))};
  }
  COMITY_CHECK(check_agreement(agreed, *setup.chains.find(contact_.agency), now));
  if (!at.pairing->ours) return take_terms(at, *mine, std::move(agreed), now);

  // Our own offer comes back with their signature.
  if (!mine->agreement || mine->agreement->message.agreement() != message.agreement()) {
    return Error{Code::kAgreementDiffers, "not the one that was offered"};
  }
  if (mine->agreement->signed_by_both()) return poll(now);
  *mine->agreement->message.mutable_accepter_sig() = message.accepter_sig();
  Step step;
  step.event = audit_event("agreement.sign", By::peer(contact_.agency), now, contact_.agency,
                           {{"name", at.name}, {"agreement", digest_text(agreed.digest)}});
  setup.book.save(at, step.rows, now);
  Step more = poll(now);
  step.rows.add(std::move(more.rows));
  step.messages = std::move(more.messages);
  return step;
}

Result<Step> PairSession::take_terms(Peer& at, Claim& mine, Agreed agreed, WallTime now) {
  if (agreed.ended(peering_.setup().book.time(now))) {
    return Error{Code::kAgreementEnded, time_text(agreed.terms.ends)};
  }
  if (agreed.serial != 1) return Error{Code::kAgreementRule, "its number"};
  PairingRow& pairing = *at.pairing;
  // Once signed it stays: the inviter keeps and repeats the very bytes.
  if (mine.agreement && mine.agreement->signed_by(peering_.setup().self)) {
    if (mine.agreement->message.agreement() == agreed.message.agreement()) return poll(now);
    if (at.stage == Stage::kActive) return Error{Code::kAgreementDiffers, "another one was signed before"};
  }
  Step step;
  agreed.message.clear_accepter_sig();
  mine.agreement = std::move(agreed);
  pairing.we_signed = false;
  if (!pairing.review) {
    sign_agreement(*mine.agreement, peering_.setup().self, peering_.setup().signing());
    pairing.we_signed = true;
    step.event = audit_event("agreement.sign", By::node(), now, at.agency,
                             {{"name", at.name}, {"agreement", digest_text(mine.agreement->digest)}});
  }
  peering_.setup().book.save(at, step.rows, now);
  Step more = poll(now);
  step.rows.add(std::move(more.rows));
  step.messages = std::move(more.messages);
  return step;
}

Result<Step> PairSession::take_state(const v1::PairState& state, WallTime now) {
  Claim* const mine = claim();
  if (!ready_ || mine == nullptr) return Error{Code::kSessionOrder, "a step before the key documents"};
  Peer& at = *peer();
  if (state.step() == v1::PAIR_STEP_DECLINED || state.step() == v1::PAIR_STEP_ABORTED) {
    if (at.stage == Stage::kActive) return Error{Code::kSessionOrder, "the pairing is finished"};
    return ended_by_them(at, state, now);
  }
  if (id_of<Sha256Digest>(state.terms_digest()) != at.pairing->terms_digest) {
    return Error{Code::kAgreementDiffers, "a step that speaks of other terms"};
  }
  if (state.step() != v1::PAIR_STEP_VERIFIED) return Step{};
  if (!mine->agreement || !mine->agreement->signed_by(contact_.agency)) {
    return Error{Code::kAgreementSignature, "they verified before they signed"};
  }
  Step step;
  const bool news = !mine->they_verified;
  if (news) ++steps_;
  they_said_verified_ = true;
  mine->they_verified = true;
  if (news) peering_.setup().book.save(at, step.rows, now);
  Step more = poll(now);
  step.rows.add(std::move(more.rows));
  step.messages = std::move(more.messages);
  step.event = std::move(more.event);
  return step;
}

Step PairSession::ended_by_them(Peer& at, const v1::PairState& state, WallTime now) {
  Step step;
  std::string text = state.text();
  if (!proto::is_plain_line(proto::as_bytes(text))) text.clear();
  put_on_record(
      *at.pairing,
      audit_event(state.step() == v1::PAIR_STEP_DECLINED ? "peer.decline" : "peer.abort",
                  By::peer(contact_.agency), now, contact_.agency, {{"name", at.name}, {"reason", text}}),
      step);
  if (at.pairing->ours && !at.pairing->we_verified) {
    // One caller less: the invitation stays open for the right one.
    peering_.drop_claim(at, contact_.agency, step.rows);
  } else {
    at.stage = Stage::kDeclined;
    at.refused_by_them = true;
    at.reason = text;
    at.last_error = {.code = Code::kPeerRefused, .text = text, .when = now};
  }
  peering_.setup().book.save(at, step.rows, now);
  step.bye.emplace().set_reason(v1::REASON_CLOSING);
  finished_ = true;
  return step;
}

void PairSession::offer(Peer& at, Claim& mine, Step& step, WallTime now) {
  PeeringSetup& setup = peering_.setup();
  if (at.pairing->ours && !mine.agreement) {
    const auto terms = decode_terms(at.pairing->terms);
    if (!terms.ok()) throw std::logic_error("terms of our own making");
    const feed::SigningKey signing = setup.signing();
    auto agreed = make_agreement({.terms = *terms,
                                  .proposer = setup.self,
                                  .accepter = mine.agency,
                                  .serial = 1,
                                  .issued = now,
                                  .proposer_keydoc = signing.keydoc,
                                  .accepter_keydoc = setup.chains.find(mine.agency)->version()});
    if (!agreed.ok()) throw std::logic_error("an agreement of our own making");
    sign_agreement(*agreed, setup.self, signing);
    mine.agreement = *std::move(agreed);
    setup.book.save(at, step.rows, now);
  }
  if (!mine.agreement || !mine.agreement->signed_by(setup.self)) return;
  const int signatures = mine.agreement->signed_by_both() ? 2 : 1;
  if (signatures <= signatures_sent_) return;
  step.messages.push_back(wire_of(mine.agreement->message));
  signatures_sent_ = signatures;
}

void PairSession::say(v1::PairStep what, std::string_view text, Step& step) {
  if (said_ == what) return;
  said_ = what;
  ++steps_;
  v1::PairState* const state = step.messages.emplace_back().mutable_pair_state();
  state->set_step(what);
  if (Peer* const at = peer()) state->set_terms_digest(field(at->pairing->terms_digest.view()));
  state->set_text(std::string(text));
}

void PairSession::keep_psk(Peer& at, Claim& mine) {
  crypto::Key32 invite_psk;
  std::ranges::copy(at.pairing->psk.view(), invite_psk.writable().begin());
  const crypto::Key32 derived = crypto::noise::peer_psk(invite_psk, contact_.handshake_hash);
  auto& psks = at.stage == Stage::kActive ? at.psks : mine.psks;
  std::erase_if(
      psks, [&](const crypto::PairKey& held) { return crypto::equal_ct(held.bytes.view(), derived.view()); });
  crypto::PairKey kept;
  std::ranges::copy(derived.view(), kept.bytes.writable().begin());
  psks.insert(psks.begin(), std::move(kept));
  if (psks.size() > Peer::kMostPsks) psks.erase(psks.begin() + Peer::kMostPsks, psks.end());
}

void PairSession::finish_if_both(Peer& at, Claim& mine, Step& step, bool& changed, WallTime now) {
  if (said_ != v1::PAIR_STEP_VERIFIED || !they_said_verified_) return;
  if (finished_) return;
  finished_ = true;
  // In front of what another session, that was cut off unseen, may have left there.
  keep_psk(at, mine);
  changed = true;
  if (at.stage == Stage::kActive) return;
  step.event = audit_event("peer.active", By::node(), now, at.agency,
                           {{"name", at.name}, {"agreement", digest_text(mine.agreement->digest)}});
  peering_.activate(at, now, step.rows);
}

Step PairSession::poll(WallTime now) {
  Step step;
  if (finished_ || parted_) return step;
  Peer* const at = peer();
  if (at == nullptr) {
    say(v1::PAIR_STEP_ABORTED, {}, step);
    step.bye.emplace().set_reason(v1::REASON_CLOSING);
    parted_ = true;
    return step;
  }
  if (!ready_) return step;
  Claim* const mine = claim();
  if (mine == nullptr || at->stage == Stage::kDeclined || at->stage == Stage::kRevoked) {
    say(v1::PAIR_STEP_DECLINED, at->reason, step);
    step.bye.emplace().set_reason(v1::REASON_CLOSING);
    parted_ = true;
    if (at->stage != Stage::kDeclined || at->refused_by_them) return step;
    // Now they have been told: it was dialled for that alone.
    at->refused_by_them = true;
    peering_.setup().book.save(*at, step.rows, now);
    return step;
  }
  offer(*at, *mine, step, now);
  if (!mine->agreement || !mine->agreement->signed_by(peering_.setup().self)) return step;
  const bool verified =
      at->pairing->we_verified && at->agency == contact_.agency && mine->agreement->signed_by_both();
  bool changed = false;
  if (verified && said_ != v1::PAIR_STEP_VERIFIED) {
    keep_psk(*at, *mine);
    changed = true;
  }
  say(verified ? v1::PAIR_STEP_VERIFIED : v1::PAIR_STEP_SIGNED, {}, step);
  finish_if_both(*at, *mine, step, changed, now);
  if (changed) peering_.setup().book.save(*at, step.rows, now);
  return step;
}

}  // namespace comity::federation
