// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/peering/peering.h"

namespace comity::federation {

/// What a pairing handshake and both Hellos have shown.
struct PairContact {
  InviteId invite;
  crypto::X25519PublicKey remote_static;
  AgencyId agency;              ///< as the other side claims
  std::uint32_t keydoc = 0;     ///< as it claims
  Sha256Digest keydoc_hash;     ///< of that version
  Sha256Digest handshake_hash;  ///< stands in no log
  bool we_dialled = false;
};

/// One session with purpose kPair. Both sides show their key documents; the inviter offers the agreement, the
/// accepter signs it; each says how far its operator has come. All of it is repeated in every session from
/// what the store holds, so a connection that is lost, or a crash between two steps, costs a new dial and
/// nothing else. The secret of the pair comes from a handshake in which both said VERIFIED: each side keeps
/// the one of its last word, so that neither is locked out when the other's last word is lost. Sans-I/O,
/// owner thread.
class PairSession {
 public:
  PairSession(Peering& peering, const PairContact& contact) : peering_(peering), contact_(contact) {}

  /// The first messages. Errors: kPeerUnknown for an invitation that is not there, kInviteExpired,
  /// kInviteUsed, kOwnInvite, kPeerThere, kPeerKeyChanged when another agency answers than the invitation
  /// names.
  Result<Step> opened(WallTime now);

  /// KeyDocs, SignedAgreement and PairState. Errors end the session (bye_for()): kSessionOrder,
  /// kPeerKeyChanged, kPairingFull, kAgreementDiffers, kAgreementSignature, kAgreementRule, kAgreementEnded,
  /// those of KeyChain::append() and crypto::check_invite().
  Result<Step> message(const v1::Wire& wire, WallTime now);

  /// What is to be said after somebody else changed the pairing: the operator verified, signed, declined or
  /// gave it up. Empty when there is nothing.
  Step poll(WallTime now);

  /// opened() or message() failed: our last message, and at the accepter what its operator is told.
  Step refused(const Error& error, WallTime now);
  /// Their Bye.
  Step bye(const v1::Bye& bye, WallTime now);

  /// The connection is gone: drops the chain of a caller that never came so far as to wait for its words.
  Rows closed();

  /// Both sides are ACTIVE: a session with the new secret takes over.
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] const PairContact& contact() const noexcept { return contact_; }

 private:
  [[nodiscard]] Peer* peer();
  [[nodiscard]] Claim* claim();
  Result<Step> take_keydocs(const v1::KeyDocs& message, WallTime now);
  Result<Step> chain_complete(const crypto::KeyChain& chain, Step step, WallTime now);
  Result<Step> take_agreement(const v1::SignedAgreement& message, WallTime now);
  Result<Step> take_terms(Peer& peer, Claim& claim, Agreed agreed, WallTime now);
  Result<Step> take_state(const v1::PairState& state, WallTime now);
  Step ended_by_them(Peer& peer, const v1::PairState& state, WallTime now);
  void offer(Peer& peer, Claim& claim, Step& step, WallTime now);
  void say(v1::PairStep what, std::string_view text, Step& step);
  void keep_psk(Peer& peer, Claim& claim);
  Step note(const Error& error, v1::Reason theirs, WallTime now);
  void finish_if_both(Peer& peer, Claim& claim, Step& step, bool& changed, WallTime now);

  Peering& peering_;
  PairContact contact_;
  bool ready_ = false;       // their chain is whole and bears out the handshake
  int signatures_sent_ = 0;  // under the agreement, in this session
  v1::PairStep said_ = v1::PAIR_STEP_NONE;
  bool they_said_verified_ = false;
  bool chain_is_new_ = false;
  bool finished_ = false;
};

}  // namespace comity::federation
