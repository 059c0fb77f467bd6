// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/keys/node_signature.h"
#include "node/federation/peering/terms.h"

namespace comity::federation {

inline constexpr std::size_t kSignedAgreementBytes = 40 * 1024;  ///< encoded, as the schema bounds its parts

/// An agreement between two agencies, decoded; its signatures are checked by check_agreement().
struct Agreed {
  v1::SignedAgreement message{};  ///< exact bytes
  Terms terms{};                  ///< as its proposer wrote them
  Sha256Digest digest{};          ///< of the terms
  AgencyId proposer;
  AgencyId accepter;
  std::uint64_t serial = 0;
  WallTime issued{};

  [[nodiscard]] bool signed_by(const AgencyId& side) const;
  [[nodiscard]] bool signed_by_both() const {
    return message.has_proposer_sig() && message.has_accepter_sig();
  }
  /// Whether it is between these two, whoever proposed it.
  [[nodiscard]] bool between(const AgencyId& a, const AgencyId& b) const {
    return (proposer == a && accepter == b) || (proposer == b && accepter == a);
  }
  /// The terms as if `side` had proposed them.
  [[nodiscard]] Terms terms_of(const AgencyId& side) const {
    return side == proposer ? terms : turned(terms);
  }
  /// What `side` may send; nullptr: nothing.
  [[nodiscard]] const Flow* sends(const AgencyId& side) const;
  [[nodiscard]] bool runs(WallTime now) const noexcept { return terms.starts <= now && now <= terms.ends; }
  [[nodiscard]] bool ended(WallTime now) const noexcept { return now > terms.ends; }
};

/// Who agrees on what.
struct NewAgreement {
  Terms terms{};
  AgencyId proposer;
  AgencyId accepter;
  std::uint64_t serial = 1;
  WallTime issued{};
  std::uint32_t proposer_keydoc = 0;
  std::uint32_t accepter_keydoc = 0;
};

/// An agreement without signatures. Errors: those of encode_terms(); kAgreementRule for an agency with
/// itself.
[[nodiscard]] Result<Agreed> make_agreement(const NewAgreement& what);
/// Decodes one; checks no signature. Errors: kAgreementRule, those of the strict walker and decode_terms().
[[nodiscard]] Result<Agreed> read_agreement(const v1::SignedAgreement& message);

/// Adds our signature, at the place of the side that we are. Throws std::logic_error when we are neither.
void sign_agreement(Agreed& agreed, const AgencyId& self, const feed::SigningKey& key);

/// Whether the owner of `chain` signed it, with a key that may sign now. Errors: kAgreementSignature, also
/// when it is neither side; those of check_node_signature().
[[nodiscard]] Status check_agreement(const Agreed& agreed, const crypto::KeyChain& chain, WallTime now);

}  // namespace comity::federation
