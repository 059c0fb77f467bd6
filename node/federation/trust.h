// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/federation/keys/grants.h"
#include "node/federation/peering/peering.h"

namespace comity::federation {

/// What trust works with. References outlive it.
struct TrustSetup {
  storage::Store& store;
  crypto::Random& random;
  AgencyId self;
  const crypto::Key32& storage_key;
  crypto::KeyChain chain;  ///< ours
  std::function<feed::SigningKey()> signing;
  /// "host:port" at which peers reach us.
  std::function<std::vector<std::string>()> advertised;
  std::function<WallTime()> now;
};

/// Everything that is known of other agencies, and our own keys for them: books over one store that change
/// together. Owner thread.
class Trust {
 public:
  explicit Trust(TrustSetup setup);

  /// Reads all of it; also when a batch has failed and memory is ahead of the store. Errors: kFeedDamaged and
  /// those of the store.
  [[nodiscard]] Status load();

  [[nodiscard]] PeerBook& peers() noexcept { return peers_; }
  [[nodiscard]] ChainBook& chains() noexcept { return chains_; }
  [[nodiscard]] EncKeyBook& enc_keys() noexcept { return enc_keys_; }
  [[nodiscard]] EndpointBook& endpoints() noexcept { return endpoints_; }
  [[nodiscard]] OwnEncKeys& own_enc_keys() noexcept { return own_enc_keys_; }
  [[nodiscard]] Grants& grants() noexcept { return grants_; }
  [[nodiscard]] Peering& peering() noexcept { return peering_; }

  [[nodiscard]] const AgencyId& self() const noexcept { return setup_.self; }
  [[nodiscard]] WallTime now() const { return setup_.now(); }
  [[nodiscard]] feed::SigningKey signing() const { return setup_.signing(); }

  /// What we have to announce: encryption keys are made, addresses signed anew where they changed. Rows to be
  /// committed, and messages for every peer once they are. Errors: those of OwnEncKeys::renew().
  struct Announcement {
    Rows rows{};
    std::vector<v1::Wire> messages{};
  };
  /// With `fresh`, a new encryption key is made whatever the age of the newest one: somebody may have it.
  [[nodiscard]] Result<Announcement> renew(bool fresh = false);

 private:
  TrustSetup setup_;
  PeerBook peers_;
  ChainBook chains_;
  EncKeyBook enc_keys_;
  EndpointBook endpoints_;
  OwnEncKeys own_enc_keys_;
  Grants grants_;
  Peering peering_;
};

}  // namespace comity::federation
