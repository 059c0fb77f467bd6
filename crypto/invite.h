// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/keydoc/key_chain.h"

namespace comity::crypto {

/// An invitation to become a peer (proto/comity/v1/peering.proto). What it proves by itself: that whoever
/// wrote it held the private half of `node_key`, and that nothing was changed since. That the key belongs to
/// the agency shows only after the handshake, when the chain of key documents is fetched: it must start at
/// `agency`, hold a version with `keydoc_hash`, and list `node_key` and `transport_key` there. And that the
/// agency is the one that is meant shows when the operators have compared their words. Until then nothing in
/// here is to be believed.
struct Invite {
  proto::AgencyId agency;
  proto::Sha256Digest keydoc_hash;
  X25519PublicKey transport_key;
  Ed25519PublicKey node_key;
  std::vector<std::string> endpoints;  ///< "host:port" as claimed, printable ASCII; best first
  proto::InviteId id;
  Key32 psk;  ///< for the pairing handshake: makes the text a secret until it is used
  proto::Sha256Digest terms_digest;
  Moment expires;
  std::string legal_name;  ///< a claim, on one line
};

/// The armoured text, signed by `node`, which also fills in `node_key`. Errors: kInviteRule, and those of the
/// schema when a field is too long.
[[nodiscard]] proto::Result<std::string> write_invite(const Invite& invite, const Ed25519KeyPair& node);

/// Reads what write_invite() gave, with whatever mail put around it. Errors: those of dearmour();
/// kInviteSignature; kInviteExpired after `expires`; kInviteRule for fields that no invitation has;
/// kLowOrderPoint; those of the strict walker. Whether it is our own (CMY-1211) or used already (CMY-1202) is
/// the caller's to know.
[[nodiscard]] proto::Result<Invite> read_invite(std::string_view text, Moment now);

/// Whether the chain of the agency bears the invitation out: it is that agency's, one of its versions has the
/// named hash, and the newest one lists both keys, valid now and not revoked. Errors: kKeyDocAgency,
/// kKeyDocNewer when no version has that hash, kUnknownKey, kKeyOutsideWindow, kKeyRevoked,
/// kKeyDocStale.
[[nodiscard]] proto::Status check_invite(const Invite& invite, const KeyChain& chain, Moment now);

}  // namespace comity::crypto
