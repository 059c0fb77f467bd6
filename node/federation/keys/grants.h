// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>

#include "node/federation/keys/own_enc_keys.h"
#include "node/feed/chain_builder.h"
#include "node/feed/ingest.h"
#include "storage/store.h"

namespace comity::federation {

/// What grants work with. References outlive them.
struct GrantSetup {
  storage::Store& store;
  crypto::Random& random;
  AgencyId self;
  const crypto::Key32& storage_key;
  const EncKeyBook& enc_keys;
  const OwnEncKeys& own;
  /// PairKey::for_grants() of every secret shared with the agency, the newest first; none when it is no peer.
  std::function<std::vector<crypto::Key32>(const AgencyId&)> psks;
  std::function<WallTime()> now;
};

/// Wraps feed keys for the newest encryption key of the recipient: HPKE with the psk between paired agencies,
/// base mode otherwise (DESIGN 5.8). What is wrapped for ourselves opens under a key pair and a psk that are
/// made from the storage key, for as long as that is held: a store that was put back from a copy reads by it
/// what members give back. Owner thread.
class Grants final : public feed::GrantMaker, public feed::GrantOpener {
 public:
  explicit Grants(GrantSetup setup);

  /// Error kFeedNoGrant when no valid encryption key of the recipient is held; that is noted in the store, so
  /// that the grant is made up for when one comes.
  Result<v1::Wrap> wrap(const crypto::FeedKey& key, const crypto::GrantContext& context) override;

  /// Errors: kNoGrant when none of the psks shared with the author nor base mode opens it; kFeedNoGrant when
  /// our half of the key is gone.
  Result<crypto::FeedKey> open(const crypto::GrantContext& context, const v1::Wrap& wrap) override;

  struct Missing {
    proto::FeedId feed;
    proto::KeyEpoch epoch{};
    AgencyId agency;
  };
  /// What could not be wrapped and now can, at most 1,000: for FeedWriter::grant(). Errors: those of the
  /// store.
  [[nodiscard]] Result<std::vector<Missing>> due() const;
  /// Joins the batch of the grant that makes up for it.
  static void made(storage::Batch& batch, const Missing& missing);

 private:
  [[nodiscard]] crypto::Key32 recovery_psk() const;

  GrantSetup setup_;
  crypto::X25519KeyPair recovery_;
};

}  // namespace comity::federation
