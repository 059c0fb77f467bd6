// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crypto/sha256.h"

/// Merkle trees of RFC 6962 section 2.1 over SHA-256: a root stands for an ordered list of leaves, and short
/// proofs show that one leaf is in it or that a longer list begins with a shorter one. Pure functions, any
/// thread.
namespace comity::crypto {

/// SHA-256(0x00 ‖ leaf). The differing first byte keeps a node from being passed off as a leaf.
[[nodiscard]] Sha256Digest merkle_leaf(ByteView leaf);
/// SHA-256(0x01 ‖ left ‖ right).
[[nodiscard]] Sha256Digest merkle_node(const Sha256Digest& left, const Sha256Digest& right);

using MerkleLeaves = std::span<const Sha256Digest>;  ///< hashes by merkle_leaf(), in order
using MerkleProof = std::vector<Sha256Digest>;       ///< from the leaves towards the root

/// The root over `leaves`; of none, the SHA-256 of nothing. Hashes leaves.size() - 1 nodes.
[[nodiscard]] Sha256Digest merkle_root(MerkleLeaves leaves);

/// Shows that leaf number `index`, counted from 0, is in the tree over `leaves`. Error kMerkleRange when
/// there is no such leaf.
[[nodiscard]] proto::Result<MerkleProof> merkle_inclusion_proof(MerkleLeaves leaves, std::uint64_t index);

/// Shows that the tree over the first `old_size` leaves is the beginning of the tree over all. Error
/// kMerkleRange when `old_size` is 0 or more than there are.
[[nodiscard]] proto::Result<MerkleProof> merkle_consistency_proof(MerkleLeaves leaves,
                                                                  std::uint64_t old_size);

/// Hashes as they come from a message: their lengths are the verifier's business.
using MerkleHashes = std::span<const ByteView>;

/// Checks that the tree with `root` over `size` leaves has `leaf_hash` at `index`. Errors: kWrongSize for a
/// hash that is not 32 bytes, kMerkleRange for an index outside the tree, kMerkleProof otherwise.
/// A proof of more than 65 hashes is refused unread.
[[nodiscard]] proto::Status verify_merkle_inclusion(std::uint64_t index, std::uint64_t size,
                                                    ByteView leaf_hash, MerkleHashes proof, ByteView root);

/// Checks that the tree with `new_root` over `new_size` leaves begins with the one over `old_size`. Errors:
/// kWrongSize for a hash that is not 32 bytes, kMerkleRange when `old_size` is 0, which every tree would
/// satisfy, or more than `new_size`; kMerkleProof otherwise.
[[nodiscard]] proto::Status verify_merkle_consistency(std::uint64_t old_size, std::uint64_t new_size,
                                                      ByteView old_root, ByteView new_root,
                                                      MerkleHashes proof);

/// Views of `proof`, as the verifiers take them. `proof` outlives them.
[[nodiscard]] std::vector<ByteView> merkle_hashes(const MerkleProof& proof);

}  // namespace comity::crypto
