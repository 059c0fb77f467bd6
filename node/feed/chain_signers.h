// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>

#include "crypto/keydoc/key_chain.h"
#include "node/feed/signers.h"

namespace comity::feed {

/// Signers out of the key chains that the node holds. What `chains` returns stays unchanged while
/// verification runs, on a pool too: the owner hands out immutable snapshots.
class ChainSigners final : public Signers {
 public:
  /// `chains` gives the chain of an agency, or nullptr.
  explicit ChainSigners(std::function<const crypto::KeyChain*(const AgencyId&)> chains)
      : chains_(std::move(chains)) {}

  [[nodiscard]] Result<Signer> find(const AgencyId& agency, const KeyId& key,
                                    std::uint32_t keydoc) const override;

 private:
  std::function<const crypto::KeyChain*(const AgencyId&)> chains_;
};

}  // namespace comity::feed
