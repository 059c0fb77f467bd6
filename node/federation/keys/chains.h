// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>

#include "node/federation/step.h"
#include "node/feed/signers.h"
#include "storage/view.h"

namespace comity::federation {

/// The chains of key documents of all known agencies, our own among them: in the store, with a copy in memory
/// (research/protocol.md section 3). Any agency may forward a chain, since it proves itself. Owner thread;
/// what it hands out as shared may be used on any.
class ChainBook {
 public:
  using Map = std::map<AgencyId, std::shared_ptr<const crypto::KeyChain>>;

  static constexpr std::size_t kMostChains = 4096;
  static constexpr std::size_t kMostChainBytes = 64U * 1024 * 1024;  ///< of all chains together
  static constexpr std::size_t kMostOneChain = 4U * 1024 * 1024;     ///< bytes of one
  static constexpr std::size_t kMostUnverified = 512U * 1024;        ///< of one that nobody has verified
  static constexpr std::size_t kServedBytes = 512U * 1024;           ///< of one KeyDocs message

  explicit ChainBook(crypto::KeyChain own);

  /// Reads the chains of others. Error kFeedDamaged naming the row; those of the store.
  Status load(const storage::View& view);
  /// Our chain has grown, by a rotation.
  void set_own(crypto::KeyChain own);

  [[nodiscard]] const crypto::KeyChain& own() const { return *chains_->at(self_); }
  /// nullptr when no chain of the agency is held.
  [[nodiscard]] const crypto::KeyChain* find(const AgencyId& agency) const;

  struct Taken {
    Rows rows{};
    bool changed = false;   ///< a new newest version
    bool replaced = false;  ///< versions held before have fallen away: their roots were exchanged
    /// What the chain says of the ends of keys that it did not say before.
    std::vector<crypto::Revocation> revoked{};
  };
  /// Adds the versions of one message, all or none. `may_start`: a chain that is not held may begin here;
  /// else it is passed over, so that nobody fills our store with agencies of his own making. Versions held
  /// already and our own chain change nothing. `most`: bytes of the chain then. Errors: kKeyDocGap when
  /// versions before are missing, kKeyChainFull over the bounds above, those of KeyChain::append().
  Result<Taken> take(const v1::KeyDocs& message, bool may_start, std::size_t most = kMostOneChain);

  /// Drops a chain that nobody needs.
  [[nodiscard]] Rows forget(const AgencyId& agency);

  /// The versions asked for, in as many messages as they take; none when we hold no such chain or nothing
  /// newer.
  [[nodiscard]] std::vector<v1::KeyDocs> serve(const v1::KeyDocWant& want) const;

  /// All chains as they are now; later changes do not show.
  [[nodiscard]] std::shared_ptr<const Map> snapshot() const { return chains_; }
  /// Signers over such a snapshot, for a pool.
  [[nodiscard]] std::unique_ptr<feed::Signers> signers() const;

 private:
  void put(const AgencyId& agency, std::shared_ptr<const crypto::KeyChain> chain);

  AgencyId self_;
  std::shared_ptr<const Map> chains_;
  std::size_t bytes_ = 0;  // of the signed documents of others
};

}  // namespace comity::federation
