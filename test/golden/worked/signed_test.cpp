// SPDX-License-Identifier: EUPL-1.2
// docs/protocol/pairing.md and sync.md: what else is signed or hashed.
#include "comity/v1/peering.pb.h"

#include "node/federation/keys/enc_keys.h"
#include "node/federation/peering/agreement.h"
#include "node/federation/sync/heads.h"
#include "node/feed/chain_signers.h"
#include "proto/decode.h"
#include "test/golden/worked/agency.h"
#include "test/golden/worked/sheet.h"
#include "test/golden/worked/terms.h"

namespace comity::test::worked {
namespace {

void put_sig(v1::Sig& sig, const Agency& agency, ByteView signature) {
  sig.set_key_id(text(key_id(1, ed_public(agency.node))));
  sig.set_sig(text(signature));
  sig.set_alg(v1::ALG_ED25519);
}

}  // namespace

TEST_CASE("worked example: encryption keys, addresses, an agreement, a head, a vector") {
  Sheet sheet("signed");
  const Agency one = health();
  const Agency other = finance();
  const feed::WallTime now = feed::from_millis(kNowMs);

  v1::EncKeys keys;
  keys.set_agency(text(other.id));
  keys.set_serial(1);
  keys.set_keydoc_version(1);
  keys.set_issued(kNowMs);
  Agency::put_key(*keys.add_keys(), v1::ALG_X25519, x_public(other.encryption), kNowMs, kNowMs + 30 * kDayMs);
  const Bytes key_bytes = sheet.note("enc_keys", proto::encode(keys));
  v1::SignedEncKeys signed_keys;
  signed_keys.set_enc_keys(text(key_bytes));
  put_sig(*signed_keys.mutable_sig(), other,
          sheet.note("enc_keys.signature", sign(other.node, "enc-keys", key_bytes)));
  sheet.note("signed_enc_keys", proto::encode(signed_keys));
  CHECK(federation::EncKeySet::verify(signed_keys, other.chain(), now).ok());

  v1::Endpoints endpoints;
  endpoints.set_agency(text(other.id));
  endpoints.set_serial(1);
  endpoints.set_keydoc_version(1);
  endpoints.set_issued(kNowMs);
  endpoints.add_endpoint("finance-node.gov.example:7443");
  const Bytes endpoint_bytes = sheet.note("endpoints", proto::encode(endpoints));
  v1::SignedEndpoints signed_endpoints;
  signed_endpoints.set_endpoints(text(endpoint_bytes));
  put_sig(*signed_endpoints.mutable_sig(), other,
          sheet.note("endpoints.signature", sign(other.node, "endpoints", endpoint_bytes)));
  sheet.note("signed_endpoints", proto::encode(signed_endpoints));
  CHECK(federation::EndpointSet::verify(signed_endpoints, other.chain(), now).ok());

  v1::Agreement agreement;
  agreement.set_terms(text(proto::encode(example_terms())));
  agreement.set_proposer(text(one.id));
  agreement.set_accepter(text(other.id));
  agreement.set_serial(1);
  agreement.set_issued(kNowMs);
  agreement.set_proposer_keydoc(1);
  agreement.set_accepter_keydoc(1);
  const Bytes agreed = sheet.note("agreement", proto::encode(agreement));
  v1::SignedAgreement signed_agreement;
  signed_agreement.set_agreement(text(agreed));
  put_sig(*signed_agreement.mutable_proposer_sig(), one,
          sheet.note("agreement.proposer_signature", sign(one.node, "agreement", agreed)));
  put_sig(*signed_agreement.mutable_accepter_sig(), other,
          sheet.note("agreement.accepter_signature", sign(other.node, "agreement", agreed)));
  sheet.note("signed_agreement", proto::encode(signed_agreement));
  const auto read = federation::read_agreement(signed_agreement);
  REQUIRE(read.ok());
  CHECK(federation::check_agreement(*read, one.chain(), now).ok());
  CHECK(federation::check_agreement(*read, other.chain(), now).ok());

  feed::FeedState state;
  state.end.agency = id_from<proto::AgencyId>(one.id);
  state.end.feed = id_from<proto::FeedId>(same(0x51));
  v1::HeadStatement head;
  head.set_agency(text(one.id));
  head.set_feed(text(same(0x51)));
  head.set_seq(5);
  head.set_id(text(same(0x52)));
  head.set_hlc(kNowMs << 16U);
  head.set_keydoc(1);
  const Bytes statement = sheet.note("head", proto::encode(head));
  v1::SignedHeadStatement signed_head;
  signed_head.set_statement(text(statement));
  signed_head.set_signer(text(key_id(1, ed_public(one.node))));
  signed_head.set_sig(text(sheet.note("head.signature", sign(one.node, "head", statement))));
  sheet.note("signed_head", proto::encode(signed_head));
  const crypto::KeyChain chain = one.chain();
  const feed::ChainSigners signers([&](const proto::AgencyId&) { return &chain; });
  CHECK(federation::check_head(signed_head, head, state, signers).ok());

  std::vector<federation::HeldRow> rows;
  Bytes covered;
  for (std::uint8_t i = 1; i <= 2; ++i) {
    rows.push_back({id_from<proto::FeedId>(same(i)), proto::Seq{i * 100U},
                    id_from<proto::EntryId>(same(static_cast<std::uint8_t>(0x70 + i))), proto::Seq{1}});
    covered = concat(
        {covered, same(i), proto::to_be(std::uint64_t{i} * 100), same(static_cast<std::uint8_t>(0x70 + i))});
  }
  sheet.note("vector.rows", covered);
  const Bytes digest = sheet.note("vector.digest", hash("vector", covered));
  CHECK(proto::equal(federation::vector_digest(rows).view(), digest));
  sheet.compare();
}

}  // namespace comity::test::worked
