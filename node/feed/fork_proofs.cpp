// SPDX-License-Identifier: EUPL-1.2
#include "node/feed/fork_proofs.h"

#include "node/feed/row.h"
#include "node/feed/tables.h"
#include "proto/decode.h"

namespace comity::feed {
namespace {

// A branch is one run at most: its headers stay below bounds::kRunBytes, and so below a row.
constexpr std::uint8_t kA = 0;
constexpr std::uint8_t kB = 1;

void put_branch(storage::Batch& batch, const FeedId& feed, std::uint8_t branch,
                const v1::RunEvidence& evidence) {
  const Bytes key = kForkProofs.key(feed, branch);
  batch.put(key, std::move(RowWriter().bytes(proto::encode(evidence))).finish(key));
}

Result<std::optional<v1::RunEvidence>> find_branch(const storage::View& view, const FeedId& feed,
                                                   std::uint8_t branch) {
  const Bytes key = kForkProofs.key(feed, branch);
  COMITY_TRY(const auto value, view.get(key));
  if (!value) return std::optional<v1::RunEvidence>();
  COMITY_TRY(auto row, RowReader::open(kForkProofs.info(), key, *value));
  auto evidence = proto::decode<v1::RunEvidence>(row.rest(), value->size());
  if (!evidence.ok()) return damaged(kForkProofs.info(), key, "it is no RunEvidence");
  return std::optional<v1::RunEvidence>(*std::move(evidence));
}

}  // namespace

void put_fork_proof(storage::Batch& batch, const FeedId& feed, const v1::ForkProof& proof) {
  put_branch(batch, feed, kA, proof.a());
  put_branch(batch, feed, kB, proof.b());
}

Result<std::optional<v1::ForkProof>> find_fork_proof(const storage::View& view, const FeedId& feed) {
  COMITY_TRY(auto a, find_branch(view, feed, kA));
  COMITY_TRY(auto b, find_branch(view, feed, kB));
  if (!a && !b) return std::optional<v1::ForkProof>();
  if (!a || !b) {
    return damaged(kForkProofs.info(), kForkProofs.key(feed, a ? kB : kA), "the other branch is missing");
  }
  v1::ForkProof proof;
  *proof.mutable_a() = *std::move(a);
  *proof.mutable_b() = *std::move(b);
  return std::optional<v1::ForkProof>(std::move(proof));
}

}  // namespace comity::feed
