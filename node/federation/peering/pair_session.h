// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/peering/peering.h"
#include "node/runtime/moment.h"

namespace comity::federation {

/// How long a pairing session may take: a seat at the door is for whoever comes further.
namespace pair_limits {
/// From both Hellos to the other side's whole chain. As long as the Hello itself; 512 KiB come through a line
/// of 420 kbit/s in it, and who was cut off dials again.
inline constexpr std::chrono::seconds kChainTime{10};
/// Without a step further. Two operators on the phone are done by then; where they are not, a session costs a
/// new handshake, since all of it is repeated from the store.
inline constexpr std::chrono::minutes kIdleTime{10};
/// Events by callers whom nobody has verified, for each invitation and start of the node: whoever holds one
/// could fill the log with callers of his own making. Four times those who may wait for their words.
inline constexpr unsigned kMostOnRecord = 16;
}  // namespace pair_limits

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
  /// kInviteUsed, kOwnInvite, kPeerKeyChanged when another agency answers than the invitation names. Of the
  /// agency that a caller claims to be nothing is said before its key documents have borne it out.
  Result<Step> opened(WallTime now);

  /// KeyDocs, SignedAgreement and PairState. Errors end the session (refused()): kSessionOrder,
  /// kPeerKeyChanged, kPeerThere, kPairingFull, kAgreementDiffers, kAgreementSignature, kAgreementRule,
  /// kAgreementEnded, those of KeyChain::append() and crypto::check_invite().
  Result<Step> message(const v1::Wire& wire, WallTime now);

  /// What is to be said after somebody else changed the pairing: the operator verified, signed, declined or
  /// gave it up. Empty when there is nothing.
  Step poll(WallTime now);

  /// opened() or message() failed: our last message, and at the accepter what its operator is told.
  Step refused(const Error& error, WallTime now);
  /// Their Bye.
  Step bye(const v1::Bye& bye, WallTime now);

  /// What is said to a side that has used up its time; nothing while it has some. `lived`: since opened();
  /// `idle`: since steps() was another number.
  [[nodiscard]] std::optional<v1::Bye> overdue(runtime::Duration lived, runtime::Duration idle) const;
  /// Grows with each step that brings the pairing further.
  [[nodiscard]] unsigned steps() const noexcept { return steps_; }

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
  void put_on_record(PairingRow& pairing, v1::LocalAudit event, Step& step);
  void finish_if_both(Peer& peer, Claim& claim, Step& step, bool& changed, WallTime now);

  Peering& peering_;
  PairContact contact_;
  bool ready_ = false;       // their chain is whole and bears out the handshake
  std::uint32_t shown_ = 0;  // versions of it that came in this session
  Step unsaid_{};            // what their key documents have changed, though the session was refused
  unsigned steps_ = 0;
  int signatures_sent_ = 0;  // under the agreement, in this session
  v1::PairStep said_ = v1::PAIR_STEP_NONE;
  bool they_said_verified_ = false;
  bool chain_is_new_ = false;
  bool finished_ = false;
  bool parted_ = false;  // we have said that it is given up
};

}  // namespace comity::federation
