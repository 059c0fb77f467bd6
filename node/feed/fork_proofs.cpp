// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/fork_proofs.h"

#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "proto/decode.h"

namespace comity::feed {

void put_fork_proof(storage::Batch& batch, const FeedId& feed, const v1::ForkProof& proof) {
  const Bytes key = kForkProofs.key(feed);
  batch.put(key, std::move(RowWriter().bytes(proto::encode(proof))).finish(key));
}

Result<std::optional<v1::ForkProof>> find_fork_proof(const storage::View& view, const FeedId& feed) {
  const Bytes key = kForkProofs.key(feed);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<v1::ForkProof>();
  COMITY_TRY(auto row, RowReader::open(kForkProofs.info(), key, *value));
  auto proof = proto::decode<v1::ForkProof>(row.rest(), value->size());
  if (!proof.ok()) return damaged(kForkProofs.info(), key, "it is no ForkProof");
  return std::optional<v1::ForkProof>(*std::move(proof));
}

}  // namespace comity::feed
