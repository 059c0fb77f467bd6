// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/keys/own_enc_keys.h"
#include "node/federation/peering/peering.h"

namespace comity::federation {

/// What a handshake with purpose kPeer has shown.
struct PeerContact {
  AgencyId agency;  ///< whose static key it is, see Peering::peer_of_static()
  crypto::X25519PublicKey remote_static;
};

/// Which chains of third agencies come and go in a session with a peer.
struct ChainDoor {
  std::function<bool(const AgencyId&)> may_start{};  ///< a chain that we lack is wanted
  std::function<bool(const AgencyId&)>
      may_ask{};  ///< the peer reads what that agency writes, so may know of it
};

/// Peering's part of one session between peers: what stands in Hello, key documents, encryption keys,
/// addresses, agreements, and why the other side refuses. Nothing else of the session goes on before open()
/// is true. Sans-I/O, owner thread.
class PeerSession {
 public:
  static constexpr std::uint32_t kLeastMinor = 0;
  static constexpr std::chrono::hours kMostClockDifference{24};

  /// `least_minor`: the lowest minor version of the protocol that this node still speaks.
  PeerSession(Peering& peering, const PeerContact& contact, std::uint32_t least_minor = kLeastMinor)
      : peering_(peering), contact_(contact), least_minor_(least_minor) {}

  /// Fills what peering has to say into our Hello; instance, boot count, clock and credits are the caller's.
  void fill(v1::Hello& hello) const;

  /// Both Hellos are exchanged. `pinned_is_live`: another session of this agency, with the instance that is
  /// pinned, is open now. A refusal is a Step with failure and bye: kPeerUnknown, kPeerKeyChanged,
  /// kProtocolTooOld, kPeerClock, kPeerClone, kPeerWentBack, kPeerState (suspended, forked, revoked). An
  /// agreement that has ended leaves the session open for a new one, and tells them so.
  Step opened(const v1::Hello& theirs, bool pinned_is_live, WallTime now);

  /// KeyDocWant, KeyDocs, SignedEncKeys, SignedEndpoints, SignedAgreement and Refusal. Refusals as above;
  /// kSessionOrder for other messages.
  Step message(const v1::Wire& wire, const ChainDoor& door, WallTime now);

  /// Their chain has grown by what somebody else has brought: goes on where it was waited for, or refuses
  /// where their key of this session was revoked.
  Step chain_grown(WallTime now) { return chain_grown({}, now); }

  /// Their Bye: what our operator is told of it, and until when it is of no use to dial.
  Step bye(const v1::Bye& bye, WallTime now);

  /// Their chain is held and both sides have the same agreement in force: entries may flow.
  [[nodiscard]] bool open() const noexcept { return chain_held_ && same_agreement_; }

 private:
  [[nodiscard]] Peer* peer() { return peering_.setup().book.change(contact_.agency); }
  Step refuse(const Error& error, std::string_view event, WallTime now, std::optional<WallTime> until = {});
  Status check_hello(const v1::Hello& hello, WallTime now);
  Status check_chain();
  Result<bool> check_instance(Peer& peer, bool pinned_is_live);
  Step go_on(Step step, WallTime now);
  Step chain_grown(Step step, WallTime now);
  Step take(Peer& at, const v1::Wire& wire, const ChainDoor& door, WallTime now);
  Step take_want(const v1::KeyDocWant& want, const ChainDoor& door, WallTime now);
  Step take_keydocs(const v1::KeyDocs& message, const ChainDoor& door, WallTime now);
  Step take_agreement(const v1::SignedAgreement& message, WallTime now);
  Step take_refusal(v1::Reason reason, const std::string& text, std::uint32_t retry_after, WallTime now);
  Step taken(Result<Rows> rows, WallTime now);

  Peering& peering_;
  PeerContact contact_;
  std::uint32_t least_minor_;
  v1::Hello hello_;
  WallTime opened_at_{};
  bool greeted_ = false;
  bool chain_held_ = false;
  bool same_agreement_ = false;
  bool showed_agreement_ = false;  ///< in this session
};

/// Our newest key document for all sessions that are live: after a rotation or a revocation.
[[nodiscard]] std::vector<v1::Wire> announce_keys(const ChainBook& chains, std::uint32_t from_version);

}  // namespace comity::federation
