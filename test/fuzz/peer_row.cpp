// SPDX-License-Identifier: EUPL-1.2
// The content of a peer's row, behind a check that holds: what a damaged or foreign store may give.
#include "node/federation/peering/peer.h"
#include "node/federation/tables.h"
#include "test/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using comity::fuzz::require;
  namespace federation = comity::federation;

  const comity::crypto::Key32 storage_key;
  const auto key = federation::kPeers.key("finance");
  const auto row = federation::checked_row(key, {comity::fuzz::view(data, size)});
  const auto peer = federation::decode_peer(key, row, storage_key);
  if (!peer.ok()) {
    require(peer.error().code == comity::proto::Code::kFeedDamaged, "damage is called so");
    require(peer.error().detail.starts_with("peers name="), "damage names table and key");
    return 0;
  }
  (void)peer->state_at(federation::WallTime());
  require(peer->name == "finance", "the name is the key's");
  return 0;
}
