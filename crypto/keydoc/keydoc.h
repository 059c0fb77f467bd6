// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keydoc/root_set.h"

namespace comity::crypto {

/// Wall-clock time as signed messages carry it. Never read here: the caller says what time it is.
using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

/// An operating key and the time in which it may be used, both ends included.
template <class PublicKey>
struct TimedKey {
  PublicKey key;
  Moment not_before;
  Moment not_after;

  [[nodiscard]] proto::KeyId id() const { return key_id(key); }
  [[nodiscard]] bool valid_at(Moment moment) const noexcept {
    return not_before <= moment && moment <= not_after;
  }
  friend bool operator==(const TimedKey&, const TimedKey&) = default;
};

using SigningKey = TimedKey<Ed25519PublicKey>;
using TransportKey = TimedKey<X25519PublicKey>;

/// Numbers of v1::RevocationReason.
enum class RevocationReason : std::uint8_t { kRoutine = 1, kCompromised = 2, kLost = 3 };

/// The end of a key before its time.
struct Revocation {
  proto::KeyId key;
  RevocationReason reason = RevocationReason::kRoutine;
  std::uint64_t last_good_tick = 0;  ///< of the ledger; 0: nothing is said
  std::optional<Moment> since;  ///< nothing by the key is trusted from then on; no document is valid without

  friend bool operator==(const Revocation&, const Revocation&) = default;
};

/// One version of an agency's key document (proto/comity/v1/identity.proto). Keys of algorithms that this
/// version does not know stay in the bytes and are absent here, except among the roots.
struct KeyDoc {
  std::uint32_t version = 1;
  proto::Sha256Digest prev;  ///< keydoc_hash() of the version before; all zero in version 1
  proto::AgencyId agency;    ///< all zero in version 1, whose hash it is
  RootSet roots;
  proto::Sha256Digest next_root_commit;  ///< RootSet::commitment() of the roots to come
  std::vector<SigningKey> node_sign;     ///< entries, heads, encryption keys, invitations, agreements
  std::vector<TransportKey> transport;   ///< static keys of the Noise handshake
  std::vector<SigningKey> witness;       ///< cosignatures and nothing else
  std::vector<Revocation> revoked;       ///< by this version; earlier ones stay in force
  Moment expires;                        ///< after it the document is stale; not after the node's last key
  std::string short_name;                ///< [a-z][a-z0-9-]{1,30}; a claim
  std::string legal_name;                ///< UTF-8 on one line; a claim
  proto::Sha256Digest nonce;             ///< random; required in version 1
};

/// The bytes of a document that keeps the rules of one document by itself. Errors: kKeyDocRule, kKeyRole,
/// kLowOrderPoint and those of the schema. Any thread.
[[nodiscard]] proto::Result<proto::Bytes> encode_keydoc(const KeyDoc& doc);

/// Reads one document and checks those rules; says nothing about signatures or the chain. Errors as above,
/// and those of the strict walker. Any thread.
[[nodiscard]] proto::Result<KeyDoc> decode_keydoc(proto::ByteView bytes);

/// SHA-256("comity.v1.keydoc" NUL bytes): how the next version and every Hello name this one.
[[nodiscard]] proto::Sha256Digest keydoc_hash(proto::ByteView bytes);

/// SHA-256("comity.v1.agency" NUL bytes of version 1).
[[nodiscard]] proto::AgencyId agency_id_of(proto::ByteView first_version);

/// The document that follows `current`, with the same keys and nothing revoked, for the caller to change.
[[nodiscard]] KeyDoc next_version(const KeyDoc& current, proto::ByteView current_bytes);

}  // namespace comity::crypto
