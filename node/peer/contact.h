// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>

#include "crypto/x25519.h"
#include "proto/ids.h"

namespace comity::peer {

using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

/// What a connection is for; the number stands in the first handshake message.
enum class Purpose : std::uint8_t {
  kPeer = 1,  ///< a session of two agencies that know each other's keys
  kPair = 2,  ///< a caller that holds an invitation
};

/// What a side says about itself in the handshake: its agency and its newest KeyDoc.
struct Claim {
  proto::AgencyId agency;
  std::uint32_t keydoc = 0;         ///< version of its newest KeyDoc, from 1
  proto::Sha256Digest keydoc_hash;  ///< of that version

  friend bool operator==(const Claim&, const Claim&) = default;
};

/// What a finished handshake proved: the other side holds the private half of `remote_static` and the
/// pre-shared key; with kPeer the static key is that of the claimed agency. With kPair the claim is borne out
/// by the key documents that come.
struct Contact {
  Purpose purpose = Purpose::kPeer;
  proto::InviteId invite{};                 ///< of a pairing; all zero else
  crypto::X25519PublicKey remote_static{};  ///< authenticated
  /// The agency of the other side: what message 3 claimed when it dialled, whom we meant to reach when we
  /// did (all zero when unknown). The first Hello must name the same.
  proto::AgencyId claimed{};
  std::uint32_t keydoc = 0;           ///< of message 3; 0 when we dialled: it comes with the Hello
  proto::Sha256Digest keydoc_hash{};  ///< of message 3; zero when we dialled
  /// Unique to the session and equal on both sides. That of a pairing goes into the shared key of the two
  /// (crypto/noise/peer_psk.h) and stands in no log.
  proto::Sha256Digest handshake_hash{};
  bool we_dialled = false;
};

}  // namespace comity::peer
