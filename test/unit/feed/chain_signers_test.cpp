// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/chain_signers.h"

#include <doctest/doctest.h>

#include "test/unit/crypto_protocol/agency_fixture.h"

namespace comity::feed {
namespace {

using crypto::kNow;

Trust trust(const ChainSigners& signers, const AgencyId& agency, const KeyId& key, WallTime time) {
  const auto signer = signers.find(agency, key, 1);
  REQUIRE(signer.ok());
  return signer->at(make_hlc(time));
}

}  // namespace

TEST_CASE(
    "signers are those of the version that is named, for the time of the key and until its revocation") {
  crypto::TestAgency agency(61);
  auto chain = crypto::KeyChain::start(agency.sign(agency.doc), std::nullopt).value();
  const ChainSigners signers([&](const AgencyId& id) { return id == chain.agency() ? &chain : nullptr; });
  const crypto::SigningKey key = agency.doc.node_sign[0];
  const AgencyId id = chain.agency();
  const auto unknown = [&](const AgencyId& who, const KeyId& which, std::uint32_t keydoc) {
    const auto signer = signers.find(who, which, keydoc);
    return !signer.ok() && signer.error().code == Code::kFeedSignerUnknown;
  };
  CHECK(signers.find(id, key.id(), 1)->key == key.key);
  CHECK(unknown(id, key.id(), 2));
  CHECK(unknown(id, agency.doc.witness[0].id(), 1));
  CHECK(unknown(agency.random().next<AgencyId>(), key.id(), 1));

  CHECK(trust(signers, id, key.id(), kNow) == Trust::kTrusted);
  CHECK(trust(signers, id, key.id(), key.not_after) == Trust::kTrusted);
  CHECK(trust(signers, id, key.id(), key.not_after + std::chrono::milliseconds(1)) == Trust::kExpired);
  CHECK(trust(signers, id, key.id(), key.not_before - std::chrono::milliseconds(1)) == Trust::kExpired);

  const auto revoke = [&](crypto::RevocationReason reason) {
    crypto::KeyDoc next = crypto::following(chain);
    next.node_sign = {agency.signing_key()};
    next.revoked = {{key.id(), reason, 0, kNow}};
    REQUIRE(chain.append(agency.sign(next)).ok());
  };
  revoke(crypto::RevocationReason::kRoutine);
  CHECK(trust(signers, id, key.id(), kNow - std::chrono::milliseconds(1)) == Trust::kTrusted);
  CHECK(trust(signers, id, key.id(), kNow) == Trust::kRevoked);
  revoke(crypto::RevocationReason::kCompromised);
  CHECK(trust(signers, id, key.id(), kNow - std::chrono::milliseconds(1)) == Trust::kRevoked);
}

}  // namespace comity::feed
