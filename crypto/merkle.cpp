// SPDX-License-Identifier: EUPL-1.2
#include "crypto/merkle.h"

#include <bit>

#include <fmt/format.h>

namespace comity::crypto {
namespace {

using proto::Code;
using proto::Error;
using proto::Status;

constexpr std::byte kLeafPrefix{0x00};
constexpr std::byte kNodePrefix{0x01};
constexpr std::size_t kMostHashes = 65;  // RFC 6962 section 2.1.2: height and one more; sizes have 64 bits

// Where RFC 6962 cuts a list of two or more: the largest power of two below its size.
std::size_t split_point(std::size_t size) {
  return std::bit_floor(size - 1);
}

Status check_hashes(MerkleHashes proof, ByteView a, ByteView b) {
  if (proof.size() > kMostHashes) return Error{Code::kMerkleProof, fmt::format("{} hashes", proof.size())};
  for (std::size_t i = 0; i < proof.size(); ++i) {
    if (proof[i].size() != Sha256Digest::kSize) {
      return Error{Code::kWrongSize, fmt::format("proof hash {} of {} bytes", i + 1, proof[i].size())};
    }
  }
  for (ByteView hash : {a, b}) {
    if (hash.size() != Sha256Digest::kSize) {
      return Error{Code::kWrongSize, fmt::format("a hash of {} bytes", hash.size())};
    }
  }
  return {};
}

Sha256Digest node_over(ByteView left, ByteView right) {
  return sha256({ByteView(&kNodePrefix, 1), left, right});
}

// The walk of both verifiers (RFC 9162 section 2.1.3.2 and 2.1.4.2): the path of one leaf number and of the
// last one of the tree, from the leaves up.
struct Path {
  std::uint64_t at;
  std::uint64_t last;

  void up() {
    at >>= 1U;
    last >>= 1U;
  }
  void up_while_left() {
    while (at != 0 && at % 2 == 0)
      up();
  }
  [[nodiscard]] bool sibling_is_left() const { return at % 2 == 1 || at == last; }
};

}  // namespace

Sha256Digest merkle_leaf(ByteView leaf) {
  return sha256({ByteView(&kLeafPrefix, 1), leaf});
}

Sha256Digest merkle_node(const Sha256Digest& left, const Sha256Digest& right) {
  return node_over(left.view(), right.view());
}

Sha256Digest merkle_root(MerkleLeaves leaves) {
  if (leaves.empty()) return sha256(ByteView());
  if (leaves.size() == 1) return leaves.front();
  const std::size_t split = split_point(leaves.size());
  return merkle_node(merkle_root(leaves.first(split)), merkle_root(leaves.subspan(split)));
}

proto::Result<MerkleProof> merkle_inclusion_proof(MerkleLeaves leaves, std::uint64_t index) {
  if (index >= leaves.size()) {
    return Error{Code::kMerkleRange, fmt::format("leaf {} of {}", index, leaves.size())};
  }
  MerkleProof from_root;
  while (leaves.size() > 1) {
    const std::size_t split = split_point(leaves.size());
    if (index < split) {
      from_root.push_back(merkle_root(leaves.subspan(split)));
      leaves = leaves.first(split);
    } else {
      from_root.push_back(merkle_root(leaves.first(split)));
      leaves = leaves.subspan(split);
      index -= split;
    }
  }
  return MerkleProof(from_root.rbegin(), from_root.rend());
}

proto::Result<MerkleProof> merkle_consistency_proof(MerkleLeaves leaves, std::uint64_t old_size) {
  if (old_size == 0 || old_size > leaves.size()) {
    return Error{Code::kMerkleRange, fmt::format("size {} against {}", old_size, leaves.size())};
  }
  MerkleProof from_root;
  bool is_old_root = true;  // the verifier has that one already
  while (old_size != leaves.size()) {
    const std::size_t split = split_point(leaves.size());
    if (old_size <= split) {
      from_root.push_back(merkle_root(leaves.subspan(split)));
      leaves = leaves.first(split);
    } else {
      from_root.push_back(merkle_root(leaves.first(split)));
      leaves = leaves.subspan(split);
      old_size -= split;
      is_old_root = false;
    }
  }
  if (!is_old_root) from_root.push_back(merkle_root(leaves));
  return MerkleProof(from_root.rbegin(), from_root.rend());
}

Status verify_merkle_inclusion(std::uint64_t index, std::uint64_t size, ByteView leaf_hash,
                               MerkleHashes proof, ByteView root) {
  COMITY_CHECK(check_hashes(proof, leaf_hash, root));
  if (index >= size) return Error{Code::kMerkleRange, fmt::format("leaf {} of {}", index, size)};
  const auto wrong = [&] { return Error{Code::kMerkleProof, fmt::format("leaf {} of {}", index, size)}; };

  Path path{index, size - 1};
  Sha256Digest hash = *Sha256Digest::from(leaf_hash);
  for (ByteView sibling : proof) {
    if (path.last == 0) return wrong();
    if (path.sibling_is_left()) {
      hash = node_over(sibling, hash.view());
      path.up_while_left();
    } else {
      hash = node_over(hash.view(), sibling);
    }
    path.up();
  }
  if (path.last != 0 || !proto::equal(hash.view(), root)) return wrong();
  return {};
}

Status verify_merkle_consistency(std::uint64_t old_size, std::uint64_t new_size, ByteView old_root,
                                 ByteView new_root, MerkleHashes proof) {
  COMITY_CHECK(check_hashes(proof, old_root, new_root));
  if (old_size == 0 || old_size > new_size) {
    return Error{Code::kMerkleRange, fmt::format("size {} against {}", old_size, new_size)};
  }
  const auto wrong = [&] {
    return Error{Code::kMerkleProof, fmt::format("size {} against {}", old_size, new_size)};
  };
  if (old_size == new_size) {
    if (!proof.empty() || !proto::equal(old_root, new_root)) return wrong();
    return {};
  }

  // When the old tree is complete, its root is the first hash and is not sent.
  ByteView start = old_root;
  if (!std::has_single_bit(old_size)) {
    if (proof.empty()) return wrong();
    start = proof.front();
    proof = proof.subspan(1);
  }
  Path path{old_size - 1, new_size - 1};
  while (path.at % 2 == 1)
    path.up();
  Sha256Digest old_hash = *Sha256Digest::from(start);
  Sha256Digest new_hash = old_hash;
  for (ByteView sibling : proof) {
    if (path.last == 0) return wrong();
    if (path.sibling_is_left()) {
      old_hash = node_over(sibling, old_hash.view());
      new_hash = node_over(sibling, new_hash.view());
      path.up_while_left();
    } else {
      new_hash = node_over(new_hash.view(), sibling);
    }
    path.up();
  }
  const bool good =
      path.last == 0 && proto::equal(old_hash.view(), old_root) && proto::equal(new_hash.view(), new_root);
  if (!good) return wrong();
  return {};
}

std::vector<ByteView> merkle_hashes(const MerkleProof& proof) {
  std::vector<ByteView> views;
  views.reserve(proof.size());
  for (const Sha256Digest& hash : proof)
    views.push_back(hash.view());
  return views;
}

}  // namespace comity::crypto
