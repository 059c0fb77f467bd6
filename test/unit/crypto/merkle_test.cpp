// SPDX-License-Identifier: EUPL-1.2
#include "crypto/merkle.h"

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <sodium.h>

#include "test/unit/crypto/hostile.h"
#include "test/unit/vectors.h"

namespace comity::crypto {
namespace {

namespace json = boost::json;
using proto::Bytes;
using proto::Code;

std::string_view text_of(const json::value& value) {
  return {value.as_string().data(), value.as_string().size()};
}

Bytes base64(const json::value& value) {
  const std::string_view text = text_of(value);
  if (text.empty()) return {};
  Bytes out(text.size());
  std::size_t size = 0;
  REQUIRE(sodium_base642bin(proto::as_uchar(std::span<std::byte>(out)), out.size(), text.data(), text.size(),
                            nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0);
  out.resize(size);
  return out;
}

std::vector<Bytes> proof_of(const json::value& value) {
  std::vector<Bytes> proof;
  if (value.is_null()) return proof;
  for (const json::value& hash : value.as_array())
    proof.push_back(base64(hash));
  return proof;
}

std::vector<ByteView> views(const std::vector<Bytes>& proof) {
  return {proof.begin(), proof.end()};
}

std::uint64_t number(const json::value& value) {
  return value.to_number<std::uint64_t>();
}

std::vector<Sha256Digest> some_leaves(std::size_t size) {
  std::vector<Sha256Digest> leaves;
  for (std::uint32_t i = 0; i < size; ++i)
    leaves.push_back(merkle_leaf(proto::to_be(i)));
  return leaves;
}

// The oracle: the definition of RFC 6962 section 2.1 by bottom-up pairing instead of cutting at powers of
// two.
Sha256Digest paired_root(std::vector<Sha256Digest> level) {
  while (level.size() > 1) {
    std::vector<Sha256Digest> above;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2)
      above.push_back(merkle_node(level[i], level[i + 1]));
    if (level.size() % 2 == 1) above.push_back(level.back());
    level = above;
  }
  return level.front();
}

proto::Status inclusion(std::uint64_t index, MerkleLeaves leaves, const MerkleProof& proof) {
  const Sha256Digest root = merkle_root(leaves);
  return verify_merkle_inclusion(index, leaves.size(), leaves[index].view(), merkle_hashes(proof),
                                 root.view());
}

}  // namespace

TEST_CASE("the published inclusion proofs are judged as they should be") {
  test::with_vectors("merkle/inclusion.json", [](const std::string& text, test::VectorCount& count) {
    const json::value parsed = json::parse(text);
    for (const json::value& row : parsed.at("tests").as_array()) {
      const std::vector<Bytes> proof = proof_of(row.at("proof"));
      const bool good =
          verify_merkle_inclusion(number(row.at("leafIdx")), number(row.at("treeSize")),
                                  base64(row.at("leafHash")), views(proof), base64(row.at("root")))
              .ok();
      count.add(good != row.at("wantErr").as_bool(), text_of(row.at("path")));
    }
  });
}

TEST_CASE("the published consistency proofs are judged as they should be") {
  test::with_vectors("merkle/consistency.json", [](const std::string& text, test::VectorCount& count) {
    const json::value parsed = json::parse(text);
    for (const json::value& row : parsed.at("tests").as_array()) {
      const std::vector<Bytes> proof = proof_of(row.at("proof"));
      const bool good =
          verify_merkle_consistency(number(row.at("size1")), number(row.at("size2")), base64(row.at("root1")),
                                    base64(row.at("root2")), views(proof))
              .ok();
      count.add(good != row.at("wantErr").as_bool(), text_of(row.at("path")));
    }
  });
}

TEST_CASE("the published leaves have the published roots") {
  test::with_vectors("merkle/leaves_roots.json", [](const std::string& text, test::VectorCount& count) {
    const json::value parsed = json::parse(text);
    const json::array& roots = parsed.at("root_by_tree_size_hex").as_array();
    const json::array& inputs = parsed.at("leaf_inputs_hex").as_array();
    std::vector<Sha256Digest> leaves;
    for (std::size_t size = 0; size < roots.size(); ++size) {
      count.add(merkle_root(leaves).hex() == text_of(roots[size]), std::to_string(size) + " leaves");
      if (size < inputs.size()) leaves.push_back(merkle_leaf(hex(text_of(inputs[size]))));
    }
  });
}

TEST_CASE("roots of every small tree are those of pairing level by level") {
  for (std::size_t size = 1; size <= 130; ++size) {
    const auto leaves = some_leaves(size);
    CHECK(merkle_root(leaves) == paired_root(leaves));
  }
}

TEST_CASE("every leaf of every small tree has a proof that holds for it alone") {
  for (std::size_t size = 1; size <= 33; ++size) {
    const auto leaves = some_leaves(size);
    const Sha256Digest root = merkle_root(leaves);
    for (std::uint64_t index = 0; index < size; ++index) {
      const MerkleProof proof = merkle_inclusion_proof(leaves, index).value();
      const auto hashes = merkle_hashes(proof);
      for (std::uint64_t other = 0; other <= size; ++other) {
        for (std::uint64_t leaf = 0; leaf < size; ++leaf) {
          const bool good =
              verify_merkle_inclusion(other, size, leaves[leaf].view(), hashes, root.view()).ok();
          REQUIRE(good == (other == index && leaf == index));
        }
      }
    }
    CHECK(merkle_inclusion_proof(leaves, size).error().code == Code::kMerkleRange);
  }
  CHECK(merkle_inclusion_proof({}, 0).error().code == Code::kMerkleRange);
}

TEST_CASE("every pair of small trees has a consistency proof that holds for that pair alone") {
  constexpr std::size_t kMost = 20;
  const auto all = some_leaves(kMost);
  const MerkleLeaves leaves(all);
  std::vector<Sha256Digest> roots;
  for (std::size_t size = 0; size <= kMost; ++size)
    roots.push_back(merkle_root(leaves.first(size)));
  for (std::uint64_t new_size = 1; new_size <= kMost; ++new_size) {
    for (std::uint64_t old_size = 1; old_size <= new_size; ++old_size) {
      const MerkleProof proof = merkle_consistency_proof(leaves.first(new_size), old_size).value();
      const auto hashes = merkle_hashes(proof);
      REQUIRE(verify_merkle_consistency(old_size, new_size, roots[old_size].view(), roots[new_size].view(),
                                        hashes)
                  .ok());
      for (std::uint64_t other = 0; other <= kMost; ++other) {
        if (other == old_size) continue;
        REQUIRE_FALSE(
            verify_merkle_consistency(other, new_size, roots[other].view(), roots[new_size].view(), hashes)
                .ok());
        REQUIRE_FALSE(
            verify_merkle_consistency(old_size, new_size, roots[other].view(), roots[new_size].view(), hashes)
                .ok());
      }
    }
    CHECK(merkle_consistency_proof(leaves.first(new_size), 0).error().code == Code::kMerkleRange);
    CHECK(merkle_consistency_proof(leaves.first(new_size), new_size + 1).error().code == Code::kMerkleRange);
  }
}

TEST_CASE("any flipped bit, missing, doubled or added hash spoils an inclusion proof") {
  const auto leaves = some_leaves(11);
  const MerkleProof proof = merkle_inclusion_proof(leaves, 6).value();
  REQUIRE(inclusion(6, leaves, proof).ok());
  for (std::size_t i = 0; i < proof.size(); ++i) {
    for_each_bit_flip(proof[i].view(), [&](ByteView damaged) {
      MerkleProof other = proof;
      other[i] = Sha256Digest::from(damaged).value();
      CHECK(inclusion(6, leaves, other).error().code == Code::kMerkleProof);
    });
    const auto at = static_cast<std::ptrdiff_t>(i);
    MerkleProof shorter = proof;
    shorter.erase(shorter.begin() + at);
    CHECK(inclusion(6, leaves, shorter).error().code == Code::kMerkleProof);
    MerkleProof longer = proof;
    longer.insert(longer.begin() + at, proof[i]);
    CHECK(inclusion(6, leaves, longer).error().code == Code::kMerkleProof);
  }
  MerkleProof endless = proof;
  endless.resize(100'000);
  CHECK(inclusion(6, leaves, endless).error().code == Code::kMerkleProof);
}

TEST_CASE("hashes of another length and impossible sizes are refused by name") {
  const auto leaves = some_leaves(5);
  const Sha256Digest root = merkle_root(leaves);
  const Sha256Digest old_root = merkle_root(MerkleLeaves(leaves).first(3));
  const MerkleProof proof = merkle_inclusion_proof(leaves, 1).value();
  const MerkleProof growth = merkle_consistency_proof(leaves, 3).value();
  for (const std::size_t size : {0, 1, 31, 33, 64}) {
    const Bytes odd(size);
    std::vector<ByteView> hashes = merkle_hashes(proof);
    hashes[1] = odd;
    CHECK(verify_merkle_inclusion(1, 5, leaves[1].view(), hashes, root.view()).error().code ==
          Code::kWrongSize);
    hashes = merkle_hashes(proof);
    CHECK(verify_merkle_inclusion(1, 5, odd, hashes, root.view()).error().code == Code::kWrongSize);
    CHECK(verify_merkle_inclusion(1, 5, leaves[1].view(), hashes, odd).error().code == Code::kWrongSize);
    hashes = merkle_hashes(growth);
    CHECK(verify_merkle_consistency(3, 5, odd, root.view(), hashes).error().code == Code::kWrongSize);
    CHECK(verify_merkle_consistency(3, 5, old_root.view(), odd, hashes).error().code == Code::kWrongSize);
  }
  const auto hashes = merkle_hashes(growth);
  CHECK(verify_merkle_inclusion(5, 5, leaves[1].view(), hashes, root.view()).error().code ==
        Code::kMerkleRange);
  CHECK(verify_merkle_inclusion(0, 0, leaves[1].view(), {}, root.view()).error().code == Code::kMerkleRange);
  CHECK(
      verify_merkle_inclusion(~std::uint64_t{0} - 1, ~std::uint64_t{0}, leaves[1].view(), hashes, root.view())
          .error()
          .code == Code::kMerkleProof);
  CHECK(verify_merkle_consistency(0, 5, old_root.view(), root.view(), hashes).error().code ==
        Code::kMerkleRange);
  CHECK(verify_merkle_consistency(0, 0, root.view(), root.view(), {}).error().code == Code::kMerkleRange);
  CHECK(verify_merkle_consistency(6, 5, old_root.view(), root.view(), hashes).error().code ==
        Code::kMerkleRange);
  CHECK(verify_merkle_consistency(3, 5, old_root.view(), root.view(), {}).error().code == Code::kMerkleProof);
  CHECK(verify_merkle_consistency(4, 5, old_root.view(), root.view(), {}).error().code == Code::kMerkleProof);
  CHECK(verify_merkle_consistency(5, 5, root.view(), root.view(), hashes).error().code == Code::kMerkleProof);
  CHECK(verify_merkle_consistency(5, 5, root.view(), root.view(), {}).ok());
}

}  // namespace comity::crypto
