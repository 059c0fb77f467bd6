// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/trust.h"

#include "node/federation/keys/own_endpoints.h"

namespace comity::federation {

Trust::Trust(TrustSetup setup)
    : setup_(std::move(setup)),
      peers_(setup_.self, setup_.storage_key, setup_.random),
      chains_(setup_.chain),
      own_enc_keys_(setup_.self, setup_.storage_key, setup_.random),
      grants_({.store = setup_.store,
               .random = setup_.random,
               .enc_keys = enc_keys_,
               .own = own_enc_keys_,
               .psks = [this](const AgencyId& agency) { return peers_.grant_psks(agency); },
               .now = setup_.now}),
      peering_({.self = setup_.self,
                .random = setup_.random,
                .book = peers_,
                .chains = chains_,
                .enc_keys = enc_keys_,
                .endpoints = endpoints_,
                .signing = setup_.signing,
                .advertised = setup_.advertised}) {}

Status Trust::load() {
  COMITY_TRY(const auto view, setup_.store.snapshot());
  COMITY_CHECK(peers_.load(*view));
  COMITY_CHECK(chains_.load(*view));
  COMITY_CHECK(enc_keys_.load(*view));
  COMITY_CHECK(endpoints_.load(*view));
  return own_enc_keys_.load(*view);
}

Result<Trust::Announcement> Trust::renew(bool fresh) {
  Announcement out;
  COMITY_TRY(auto renewed, own_enc_keys_.renew(enc_keys_, chains_, setup_.signing(), now(), fresh));
  out.rows = std::move(renewed.rows);
  if (renewed.announce) *out.messages.emplace_back().mutable_enc_keys() = *std::move(renewed.announce);

  COMITY_TRY(auto addresses,
             renew_endpoints(endpoints_, chains_, setup_.advertised(), setup_.signing(), now()));
  out.rows.add(std::move(addresses.rows));
  if (addresses.announce) *out.messages.emplace_back().mutable_endpoints() = *std::move(addresses.announce);
  return out;
}

}  // namespace comity::federation
