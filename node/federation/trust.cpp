// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/trust.h"

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

Result<Trust::Announcement> Trust::renew() {
  Announcement out;
  COMITY_TRY(auto renewed, own_enc_keys_.renew(enc_keys_, chains_, setup_.signing(), now()));
  out.rows = std::move(renewed.rows);
  if (renewed.announce) *out.messages.emplace_back().mutable_enc_keys() = *std::move(renewed.announce);

  const std::vector<std::string> advertised = setup_.advertised();
  const EndpointSet* const held = endpoints_.find(setup_.self);
  const bool current =
      held != nullptr && held->endpoints == advertised && held->keydoc == chains_.own().version();
  if (current) return out;
  COMITY_TRY(auto message, sign_endpoints(setup_.self, endpoints_.serial(setup_.self) + 1, advertised, now(),
                                          setup_.signing()));
  COMITY_TRY(Rows rows, endpoints_.take(message, chains_, now()));
  out.rows.add(std::move(rows));
  *out.messages.emplace_back().mutable_endpoints() = std::move(message);
  return out;
}

}  // namespace comity::federation
