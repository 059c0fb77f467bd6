// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "crypto/keydoc/keydoc.h"
#include "crypto/keydoc/rules.h"
#include "crypto/keydoc/signed_keydoc.h"

namespace comity::crypto {

/// The key documents of one agency from version 1 on, each checked against the one before
/// (research/protocol.md section 3). A value: copying it is how a caller tries something out. One object
/// belongs to one thread at a time; const use may be shared.
///
/// A version is valid when the thresholds of the root set before it and of its own root set have signed it.
/// It may replace the root set only by the one that the version before committed to, and the commitment
/// changes exactly then: whoever steals today's roots can neither name tomorrow's nor exchange the
/// commitment. Where two valid versions compete for one number, the one that replaces the roots wins, with
/// all that was built on the other falling away; two of the same sort are a fork, and the first one seen
/// stays.
class KeyChain {
 public:
  /// From version 1. With `expected`, the agency must be that one. Errors: kKeyDocAgency, and those of
  /// append().
  [[nodiscard]] static proto::Result<KeyChain> start(proto::ByteView signed_keydoc,
                                                     const std::optional<proto::AgencyId>& expected);

  enum class Appended {
    kExtended,  ///< a new newest version
    kKnown,     ///< held already
    kReplaced,  ///< newest version now; it and all later ones held before have fallen away
  };

  /// Adds one signed document (v1::SignedKeyDoc). On error nothing has changed. Errors: kKeyDocGap for a
  /// version whose predecessor is not held or not the one it names, kKeyDocAgency, kKeyDocThreshold,
  /// kKeyDocSignature, kKeyDocRoots, kKeyDocSuperseded, kKeyDocFork, kKeyRole, kKeyRevoked when it lists a
  /// revoked key, kKeyWindowChanged when it lists a key with another lifetime than before, kKeyChainFull over
  /// bounds::kKeyChainBytes, kKeyDocRule, kLowOrderPoint, and those of the strict walker.
  [[nodiscard]] proto::Result<Appended> append(proto::ByteView signed_keydoc);

  [[nodiscard]] const proto::AgencyId& agency() const noexcept { return agency_; }
  [[nodiscard]] std::uint32_t version() const noexcept { return static_cast<std::uint32_t>(links_.size()); }
  [[nodiscard]] const KeyDoc& current() const noexcept { return links_.back().doc; }
  /// keydoc_hash() of the newest version: what Hello and invitations carry.
  [[nodiscard]] const proto::Sha256Digest& current_hash() const noexcept { return links_.back().hash; }
  /// Whether one of the versions has this keydoc_hash().
  [[nodiscard]] bool has_hash(const proto::Sha256Digest& hash) const noexcept;
  /// The document with this number, when held.
  [[nodiscard]] const KeyDoc* at(std::uint32_t version) const noexcept;
  /// encode_signed_keydoc() of what start() or append() were given, to be stored and sent on: the document's
  /// exact bytes, the verified signatures and the reveal. Empty when not held.
  [[nodiscard]] proto::ByteView signed_bytes(std::uint32_t version) const noexcept;
  /// Whether the newest version has expired, so that it must not be taken for the newest there is.
  [[nodiscard]] bool stale(Moment now) const noexcept { return now > current().expires; }

  /// What all versions together say about the end of this key; nothing when it was never revoked. The
  /// earliest `since` and tick count, and once compromised stays so.
  [[nodiscard]] const Revocation* revocation(const proto::KeyId& key) const noexcept;

  /// The revocations that the last append() with kReplaced took out of the chain, because the versions that
  /// stated them fell away. The chain cannot know which of them were the owner's and which the thief's: the
  /// owner states its own again in the next version, else those keys count as good.
  [[nodiscard]] const std::vector<Revocation>& lost_revocations() const noexcept { return lost_; }

  /// The node signing key that may sign now: what everything but a feed entry is checked by (encryption keys,
  /// endpoints, head statements, agreements, invitations). It is listed in the newest version, live and not
  /// revoked, whatever version and time the signed message claims. Errors: kKeyRevoked, kUnknownKey,
  /// kKeyOutsideWindow, kKeyDocStale.
  [[nodiscard]] proto::Result<Ed25519PublicKey> current_signing_key(const proto::KeyId& key,
                                                                    Moment now) const;

  /// A node signing key as an earlier version lists it, and what became of it.
  struct Signer {
    SigningKey key;
    std::optional<Revocation> revocation;  ///< by any version that is held
    bool current = false;                  ///< the newest version still lists it
  };

  /// The node signing key that `version` lists under this id, for feed entries, which stay when their key
  /// goes. It judges nothing: version and time are claims of whoever holds the key, and after a compromise
  /// that is not its owner alone. Errors: kKeyDocNewer when a version beyond ours is named, kUnknownKey.
  [[nodiscard]] proto::Result<Signer> signing_key(std::uint32_t version, const proto::KeyId& key) const;

  /// Whether this is a transport key of the newest version and may be used now. Errors: kUnknownKey,
  /// kKeyOutsideWindow, kKeyDocStale.
  [[nodiscard]] proto::Status check_transport(const X25519PublicKey& key, Moment now) const;

 private:
  struct Link {
    proto::Bytes signed_bytes;
    KeyDoc doc;
    proto::Sha256Digest hash;
    bool replaces_roots = false;
  };
  struct Candidate {
    SignedKeyDoc signed_doc;
    Link link;
  };

  KeyChain() = default;
  [[nodiscard]] static proto::Result<Candidate> read(proto::ByteView signed_keydoc);
  [[nodiscard]] static proto::Status check_first(const Candidate& first);
  [[nodiscard]] proto::Status check_successor(const Link& before, Candidate& next) const;
  [[nodiscard]] proto::Result<Appended> compete(Link link);
  [[nodiscard]] proto::Status push(Link link);

  proto::AgencyId agency_;
  std::vector<Link> links_;                     // links_[i] is version i + 1
  std::map<proto::Sha256Digest, KeyUse> uses_;  // as first listed
  std::map<proto::KeyId, Revocation> revocations_;
  std::vector<Revocation> lost_;
  std::size_t bytes_ = 0;
};

}  // namespace comity::crypto
