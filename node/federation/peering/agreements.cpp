// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include "node/federation/peering/peering.h"
#include "node/federation/tables.h"
#include "proto/decode.h"
#include "proto/mutation.h"

namespace comity::federation {
namespace {

// Of one change of an agreement. A peer that jumps further wants numbers to run out.
constexpr std::uint64_t kMostSerialStep = 1'000'000;

void put_agreement(Rows& rows, const AgencyId& with, const Agreed& agreed) {
  const Bytes key = kAgreements.key(with, agreed.serial);
  rows.put(key, checked_row(key, {proto::encode(agreed.message)}));
}

Step with_agreement(const Agreed& agreed) {
  Step step;
  step.messages.push_back(wire_of(agreed.message));
  return step;
}

// Both sides have shown theirs when they met; answering again would go back and forth for ever.
Step differs(const Agreed& theirs) {
  Step step;
  step.failure =
      Error{Code::kAgreementDiffers, fmt::format("theirs is {}, number {}, and does not follow ours",
                                                 digest_text(theirs.digest), theirs.serial)};
  return step;
}

}  // namespace

v1::Wire wire_of(const v1::SignedAgreement& message) {
  v1::Wire wire;
  *wire.mutable_agreement() = message;
  return wire;
}

void Peering::enter_into_force(Peer& peer, Agreed agreed, Rows& rows) {
  put_agreement(rows, peer.agency, agreed);
  peer.agreement = std::move(agreed);
  peer.our_proposal.reset();
  peer.their_proposal.reset();
  peer.warned_days = 0;
}

Result<Peer*> Peering::in_force(std::string_view name) {
  COMITY_TRY(Peer* const peer, named(name));
  if (peer->stage != Stage::kActive || !peer->agreement) {
    return Error{Code::kPeerState, std::string(name_of(peer->state))};
  }
  return peer;
}

Result<Agreed> Peering::next_agreement(const AgencyId& with, const Agreed& before, Terms terms,
                                       WallTime now) {
  const crypto::KeyChain* const theirs = setup_.chains.find(with);
  if (theirs == nullptr) return Error{Code::kKeyUnknown, "no key document of the agency is held"};
  if (terms.ends <= setup_.book.time(now)) return Error{Code::kAgreementEnded, time_text(terms.ends)};
  terms.replaces = before.digest;
  const feed::SigningKey signing = setup_.signing();
  COMITY_TRY(Agreed agreed, make_agreement({.terms = std::move(terms),
                                            .proposer = setup_.self,
                                            .accepter = with,
                                            .serial = before.serial + 1,
                                            .issued = now,
                                            .proposer_keydoc = signing.keydoc,
                                            .accepter_keydoc = theirs->version()}));
  sign_agreement(agreed, setup_.self, signing);
  return agreed;
}

Result<Step> Peering::narrow(std::string_view name, Terms terms, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, in_force(name));
  const Agreed& held = *peer->agreement;
  if (!narrows(held.terms_of(setup_.self), terms)) return Error{Code::kAgreementWider, {}};
  if (!same_words(held.terms, terms)) return Error{Code::kAgreementWider, "title, purpose or contact differ"};
  COMITY_TRY(Agreed agreed, next_agreement(peer->agency, *peer->agreement, std::move(terms), now));
  Step step = with_agreement(agreed);
  step.event = audit_event("agreement.narrow", by, now, peer->agency,
                           {{"name", peer->name},
                            {"before", digest_text(peer->agreement->digest)},
                            {"agreement", digest_text(agreed.digest)}});
  enter_into_force(*peer, std::move(agreed), step.rows);
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Result<Step> Peering::widen(std::string_view name, Terms terms, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, in_force(name));
  // The other side would put it into force at once, without a signature that this one waits for.
  if (narrows(peer->agreement->terms_of(setup_.self), terms) && same_words(peer->agreement->terms, terms))
    return narrow(name, std::move(terms), by, now);
  COMITY_TRY(Agreed agreed, next_agreement(peer->agency, *peer->agreement, std::move(terms), now));
  Step step = with_agreement(agreed);
  step.event = audit_event("agreement.propose", by, now, peer->agency,
                           {{"name", peer->name}, {"agreement", digest_text(agreed.digest)}});
  peer->our_proposal = std::move(agreed);
  setup_.book.save(*peer, step.rows, now);
  return step;
}

Result<Step> Peering::sign_pairing(Peer& peer, const By& by, WallTime now) {
  PairingRow& pairing = *peer.pairing;
  Claim& claim = pairing.claims.front();
  if (claim.agreement->ended(setup_.book.time(now))) {
    return Error{Code::kAgreementEnded, time_text(claim.agreement->terms.ends)};
  }
  sign_agreement(*claim.agreement, setup_.self, setup_.signing());
  pairing.we_signed = true;
  Step step;
  step.event = audit_event("agreement.sign", by, now, peer.agency,
                           {{"name", peer.name}, {"agreement", digest_text(claim.agreement->digest)}});
  setup_.book.save(peer, step.rows, now);
  return step;
}

Result<Step> Peering::sign(std::string_view name, const By& by, WallTime now) {
  COMITY_TRY(Peer* const peer, named(name));
  if (peer->stage == Stage::kVerifying && peer->pairing && !peer->pairing->we_signed &&
      !peer->pairing->claims.empty() && peer->pairing->claims.front().agreement) {
    return sign_pairing(*peer, by, now);
  }
  if (peer->stage != Stage::kActive || !peer->their_proposal) {
    return Error{Code::kPeerState, "the other side has proposed nothing"};
  }
  Agreed agreed = *peer->their_proposal;
  if (peer->agreement &&
      (agreed.serial <= peer->agreement->serial || agreed.terms.replaces != peer->agreement->digest)) {
    return Error{Code::kAgreementOlder, digest_text(peer->agreement->digest)};
  }
  if (agreed.ended(setup_.book.time(now))) return Error{Code::kAgreementEnded, time_text(agreed.terms.ends)};
  sign_agreement(agreed, setup_.self, setup_.signing());
  Step step = with_agreement(agreed);
  step.event = audit_event("agreement.sign", by, now, peer->agency,
                           {{"name", peer->name}, {"agreement", digest_text(agreed.digest)}});
  enter_into_force(*peer, std::move(agreed), step.rows);
  setup_.book.save(*peer, step.rows, now);
  return step;
}

// Both sides changed the agreement, each without knowing of the other's change. What both still allow is in
// force at once, written down on top of what the other one has: by the side that changed it less often, else
// by that with the greater AgencyID. What is ahead of ours may as well be a proposal that rests on what we do
// not have yet, or one that we have lost: what is written allows nothing that ours does not, whatever it was.
Result<Step> Peering::take_conflict(Peer& peer, const Agreed& theirs, WallTime now) {
  const bool ahead = theirs.serial > peer.agreement->serial;
  if (!ahead && setup_.self < peer.agency) return with_agreement(*peer.agreement);
  // Nobody writes another title for us. It is a proposal as a rule, and gives way to what they have from us.
  if (!same_words(peer.agreement->terms, theirs.terms)) return differs(theirs);
  const Terms both = meet(theirs.terms_of(setup_.self), peer.agreement->terms_of(setup_.self));
  auto agreed = next_agreement(peer.agency, theirs, both, now);
  if (!agreed.ok() && ahead) return differs(theirs);
  if (!agreed.ok()) return agreed.error();
  Step step = with_agreement(*agreed);
  step.event = audit_event("agreement.narrow", By::node(), now, peer.agency,
                           {{"name", peer.name},
                            {"why", "both sides changed the agreement at once"},
                            {"agreement", digest_text(agreed->digest)}});
  enter_into_force(peer, *std::move(agreed), step.rows);
  setup_.book.save(peer, step.rows, now);
  return step;
}

Step Peering::adopt(Peer& peer, Agreed agreed, std::string_view event, WallTime now) {
  Step step;
  step.event = audit_event(event, By::peer(peer.agency), now, peer.agency,
                           {{"name", peer.name},
                            {"before", digest_text(peer.agreement->digest)},
                            {"agreement", digest_text(agreed.digest)}});
  enter_into_force(peer, std::move(agreed), step.rows);
  setup_.book.save(peer, step.rows, now);
  // Tells the other side that both hold the same now.
  step.messages.push_back(wire_of(peer.agreement->message));
  return step;
}

// The one that is in force comes again; with their signature, perhaps, which ours lacks so far. What was
// signed under keys that are gone by now is not judged again.
Step Peering::take_same(Peer& peer, const Agreed& theirs, WallTime now) {
  Step step;
  const crypto::KeyChain* const chain = setup_.chains.find(peer.agency);
  Agreed& held = *peer.agreement;
  if (held.signed_by(peer.agency) || held.message.agreement() != theirs.message.agreement() ||
      chain == nullptr || !check_agreement(theirs, *chain, now).ok()) {
    return step;
  }
  if (held.proposer == peer.agency) {
    *held.message.mutable_proposer_sig() = theirs.message.proposer_sig();
  } else {
    *held.message.mutable_accepter_sig() = theirs.message.accepter_sig();
  }
  put_agreement(step.rows, peer.agency, held);
  setup_.book.save(peer, step.rows, now);
  return step;
}

Result<Step> Peering::take_agreement(const AgencyId& from, const v1::SignedAgreement& message, WallTime now) {
  COMITY_TRY(Agreed agreed, read_agreement(message));
  Peer* const peer = setup_.book.change(from);
  if (peer == nullptr || peer->stage != Stage::kActive || !peer->agreement) {
    return Error{Code::kPeerState, "no agreement is in force"};
  }
  if (!agreed.between(setup_.self, from)) return Error{Code::kAgreementRule, "it is between others"};
  const crypto::KeyChain* const chain = setup_.chains.find(from);
  if (chain == nullptr) return Error{Code::kKeyUnknown, "no key document of the agency is held"};
  const Agreed& held = *peer->agreement;
  // Each side may have written the same words about itself: one digest, and two agreements.
  const bool same =
      agreed.digest == held.digest && agreed.serial == held.serial && agreed.proposer == held.proposer;
  if (same) return take_same(*peer, agreed, now);
  if (agreed.serial < held.serial) return with_agreement(held);
  if (agreed.serial - held.serial > kMostSerialStep) return Error{Code::kAgreementRule, "its number"};
  COMITY_CHECK(check_agreement(agreed, *chain, now));
  if (agreed.signed_by(setup_.self)) COMITY_CHECK(check_agreement(agreed, setup_.chains.own(), now));
  if (agreed.serial == held.serial) return take_conflict(*peer, agreed, now);

  // Whatever came between: we have signed this very one, and nothing later.
  if (agreed.signed_by_both()) return adopt(*peer, std::move(agreed), "agreement.sign", now);
  // Less than what is in force needs no operator of ours; signed all the same, so that either side can show
  // that the other one knew, and so that a proposal never comes back as it went.
  const bool narrower =
      narrows(held.terms_of(from), agreed.terms_of(from)) && same_words(held.terms, agreed.terms);
  if (narrower || COMITY_MUTATION("narrower")) {
    sign_agreement(agreed, setup_.self, setup_.signing());
    return adopt(*peer, std::move(agreed), "agreement.narrow", now);
  }
  if (agreed.terms.replaces != held.digest) return take_conflict(*peer, agreed, now);
  const bool known = peer->their_proposal && peer->their_proposal->digest == agreed.digest;
  if (known) return Step{};
  Step step;
  step.event = audit_event("agreement.propose", By::peer(from), now, from,
                           {{"name", peer->name}, {"agreement", digest_text(agreed.digest)}});
  peer->their_proposal = std::move(agreed);
  setup_.book.save(*peer, step.rows, now);
  return step;
}

}  // namespace comity::federation
