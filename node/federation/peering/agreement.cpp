// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/peering/agreement.h"

#include <stdexcept>

#include "proto/decode.h"

namespace comity::federation {
namespace {

constexpr std::size_t kAgreementBytes = 33024;  // as the schema bounds it
constexpr std::uint64_t kLastMoment = (std::uint64_t{1} << 48U) - 1;
constexpr std::string_view kThing = "agreement";

}  // namespace

bool Agreed::signed_by(const AgencyId& side) const {
  return (side == proposer && message.has_proposer_sig()) || (side == accepter && message.has_accepter_sig());
}

const Flow* Agreed::sends(const AgencyId& side) const {
  if (side != proposer && side != accepter) return nullptr;
  const std::optional<Flow>& flow = side == proposer ? terms.proposer_sends : terms.accepter_sends;
  return flow ? &*flow : nullptr;
}

Result<Agreed> make_agreement(const NewAgreement& what) {
  COMITY_TRY(const Bytes terms, encode_terms(what.terms));
  v1::Agreement inner;
  inner.set_terms(field(terms));
  inner.set_proposer(field(what.proposer.view()));
  inner.set_accepter(field(what.accepter.view()));
  inner.set_serial(what.serial);
  inner.set_issued(millis(what.issued));
  inner.set_proposer_keydoc(what.proposer_keydoc);
  inner.set_accepter_keydoc(what.accepter_keydoc);
  COMITY_TRY(const Bytes bytes, proto::encode_checked(inner));
  v1::SignedAgreement message;
  message.set_agreement(field(bytes));
  return read_agreement(message);
}

Result<Agreed> read_agreement(const v1::SignedAgreement& message) {
  COMITY_TRY(const auto inner, proto::decode<v1::Agreement>(view_of(message.agreement()), kAgreementBytes));
  Agreed agreed{.message = message};
  COMITY_TRY(agreed.terms, decode_terms(view_of(inner.terms())));
  agreed.digest = terms_digest(view_of(inner.terms()));
  COMITY_TRY(agreed.proposer, AgencyId::from(view_of(inner.proposer())));
  COMITY_TRY(agreed.accepter, AgencyId::from(view_of(inner.accepter())));
  if (agreed.proposer == agreed.accepter) return Error{Code::kAgreementRule, "an agency agrees with itself"};
  if (inner.issued() > kLastMoment) return Error{Code::kAgreementRule, "a time beyond the year 10000"};
  agreed.serial = inner.serial();
  agreed.issued = from_millis(inner.issued());
  return agreed;
}

void sign_agreement(Agreed& agreed, const AgencyId& self, const feed::SigningKey& key) {
  if (self != agreed.proposer && self != agreed.accepter) throw std::logic_error("an agreement of others");
  const v1::Sig sig = sign_as_node(key, kThing, view_of(agreed.message.agreement()));
  *(self == agreed.proposer ? agreed.message.mutable_proposer_sig() : agreed.message.mutable_accepter_sig()) =
      sig;
}

Status check_agreement(const Agreed& agreed, const crypto::KeyChain& chain, WallTime now) {
  if (!agreed.signed_by(chain.agency())) return Error{Code::kAgreementSignature, "it is missing"};
  const v1::Sig& sig =
      chain.agency() == agreed.proposer ? agreed.message.proposer_sig() : agreed.message.accepter_sig();
  return check_node_signature(chain, sig, kThing, view_of(agreed.message.agreement()), now,
                              Code::kAgreementSignature);
}

}  // namespace comity::federation
