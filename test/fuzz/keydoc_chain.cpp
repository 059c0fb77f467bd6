// SPDX-License-Identifier: EUPL-1.2
// A chain of key documents from a stranger: the first piece of the input starts it, the others are appended.
#include <array>

#include "crypto/keydoc/key_chain.h"
#include "test/fuzz/pieces.h"
#include "test/fuzz/target.h"

namespace {

using comity::crypto::KeyChain;
using comity::fuzz::require;

void check(KeyChain& chain) {
  require(chain.current().version == chain.version(), "versions are dense");
  require(chain.current().roots.threshold >= 1, "a threshold is never zero");
  for (std::uint32_t version = 1; version <= chain.version(); ++version) {
    const auto again = chain.append(comity::proto::to_bytes(chain.signed_bytes(version)));
    require(again.ok() && again.value() == KeyChain::Appended::kKnown, "what is held is known");
    for (const auto& revoked : chain.at(version)->revoked)
      require(chain.revocation(revoked.key) != nullptr, "a revocation stays in force");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pieces = comity::fuzz::pieces_of(comity::fuzz::view(data, size));
  if (pieces.empty()) return 0;
  auto chain = KeyChain::start(pieces.front(), std::nullopt);
  if (!chain.ok()) return 0;
  const auto agency = chain.value().agency();
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::uint32_t before = chain.value().version();
    const auto hash = chain.value().current_hash();
    const auto appended = chain.value().append(pieces[i]);
    const bool changed = chain.value().version() != before || chain.value().current_hash() != hash;
    require(changed == (appended.ok() && appended.value() != KeyChain::Appended::kKnown),
            "a refusal changes nothing");
    require(chain.value().agency() == agency, "a chain stays one agency's");
  }
  check(chain.value());
  return 0;
}
