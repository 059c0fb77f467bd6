// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "comity/v1/session.pb.h"

#include "crypto/pair_key.h"
#include "node/federation/peering/agreement.h"

namespace comity::federation {

/// What operators see (research/operators.md section 1.5).
enum class PeerState : std::uint8_t {
  kInvited,
  kVerifying,
  kActive,
  kSuspended,
  kExpired,
  kForked,
  kRevoked,
  kDeclined,
};
/// "ACTIVE" and the like.
[[nodiscard]] std::string_view name_of(PeerState state) noexcept;

/// Which decisions have been taken; the state follows from it, from the time and from the flags of Peer.
enum class Stage : std::uint8_t { kInvited = 1, kVerifying, kActive, kDeclined, kRevoked };

/// The other side of a pairing that is not finished. An invitation may have several.
struct Claim {
  AgencyId agency;
  crypto::X25519PublicKey transport;    ///< its static key in the handshake
  std::string legal_name{};             ///< a claim, for the operator's eyes
  std::optional<Agreed> agreement{};    ///< as far as it is signed
  bool they_verified = false;           ///< their operator has typed our words
  std::vector<crypto::PairKey> psks{};  ///< of handshakes in which we said VERIFIED, the newest first
  WallTime since{};                     ///< first call
  bool chain_held_before = false;       ///< for another reason: the chain stays when the claim goes
};

/// What is left of an invitation until both sides have verified each other.
struct PairingRow {
  InviteId invite{};
  bool ours = false;         ///< we invited
  crypto::GuardedKey32 psk;  ///< of the invitation
  WallTime expires{};
  Bytes terms{};  ///< exact bytes; empty at the accepter until they have come
  Sha256Digest terms_digest{};
  // At the accepter: what the invitation says.
  Sha256Digest keydoc_hash{};
  crypto::Ed25519PublicKey node_key{};
  bool review = false;       ///< the operator signs the terms after reading them
  bool we_signed = false;    ///< the accepter has signed; the inviter signed by inviting
  bool we_verified = false;  ///< for Peer::agency
  std::vector<Claim> claims{};
  /// Events by callers whom nobody has verified. Not stored: no caller can start this node anew.
  unsigned on_record = 0;
};

/// A refusal or a failure, when and why.
struct Trouble {
  Code code = Code::kUnknown;
  v1::Reason reason = v1::REASON_NONE;  ///< theirs; NONE: it is our own finding
  std::string text{};
  WallTime when{};
};

/// All that is known of a peer. Owned by PeerBook.
struct Peer {
  static constexpr std::size_t kMostPsks = 4;
  static constexpr std::size_t kMostRetired = 8;

  std::string name{};  ///< our petname
  AgencyId agency;     ///< zero until our operator has verified one of those who called
  Stage stage = Stage::kInvited;
  PeerState state = PeerState::kInvited;  ///< as last recorded; Peering::tick() follows the time

  bool suspended = false;                     ///< by us
  std::optional<WallTime> suspended_until{};  ///< none: until resumed
  /// They have suspended or revoked us, or say that it has ended; of one that is DECLINED: both sides know.
  bool refused_by_them = false;
  std::optional<WallTime> their_refusal_until{};
  bool forked = false;
  std::string reason{};  ///< of the last decision, ours or theirs

  std::vector<crypto::PairKey> psks{};  ///< the first is dialled with; the others open older grants
  std::optional<Agreed> agreement{};    ///< in force
  std::optional<Agreed> our_proposal{};
  std::optional<Agreed> their_proposal{};
  std::optional<PairingRow> pairing{};

  InstanceId instance{};                 ///< pinned; zero: none yet
  InstanceId other{};                    ///< refused as a clone of it, of late
  std::vector<InstanceId> retired{};     ///< instances that another one has followed
  std::uint64_t boot_count = 0;          ///< highest seen of the pinned instance
  std::vector<std::string> endpoints{};  ///< from the invitation; signed ones stand in EndpointBook
  WallTime last_contact{};
  Trouble last_error{};
  WallTime tries_since{};  ///< start of the hour in which wrong words are counted
  std::uint32_t wrong_tries = 0;
  std::uint32_t warned_days = 0;  ///< of the last warning that the agreement ends: 30, 7 or 1; 0: none
  std::uint32_t keydoc_held = 0;  ///< version of our key document that it has told us it holds; 0: not yet

  /// `now` is the latest time known, see PeerBook::time().
  [[nodiscard]] PeerState state_at(WallTime now) const noexcept;
  /// Whether our node dials it: not while our operator suspends it, while a fork of it waits for an operator,
  /// or once it has revoked us. One that suspends us is dialled all the same: of two that had suspended each
  /// other somebody has to ask first.
  [[nodiscard]] bool is_called(WallTime now) const noexcept;
};

/// Whether an operator may give this name: [a-z][a-z0-9-]{0,30}.
[[nodiscard]] bool is_peer_name(std::string_view name) noexcept;

/// The value of a peer's row. Secrets are sealed for the row's key.
[[nodiscard]] Bytes encode_peer(const Peer& peer, const crypto::Key32& storage_key, crypto::Random& random);
/// Error kFeedDamaged naming table and key.
[[nodiscard]] Result<Peer> decode_peer(ByteView key, ByteView value, const crypto::Key32& storage_key);

}  // namespace comity::federation
