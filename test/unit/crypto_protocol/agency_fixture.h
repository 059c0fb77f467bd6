// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <deque>
#include <vector>

#include "crypto/keydoc/key_chain.h"
#include "test/unit/seeded.h"

namespace comity::crypto {

inline constexpr Moment kNow{std::chrono::sys_days(std::chrono::year(2027) / 3 / 1)};

/// An agency with private keys that a seed replays: what tests build key documents from.
class TestAgency {
 public:
  explicit TestAgency(std::uint64_t seed, std::size_t roots = 1, std::uint32_t threshold = 1)
      : random_(seed) {
    roots_ = make_roots(roots, threshold);
    next_roots_ = make_roots(roots, threshold);
    doc.roots = public_set(roots_);
    doc.next_root_commit = public_set(next_roots_).commitment();
    doc.node_sign = {signing_key()};
    doc.transport = {transport_key()};
    doc.witness = {signing_key()};
    doc.expires = kNow + std::chrono::days(30);
    doc.short_name = "health";
    doc.legal_name = "Ministry of Health";
    doc.nonce = random_.next<proto::Sha256Digest>();
  }

  struct PrivateRoots {
    std::vector<const Ed25519KeyPair*> keys;
    std::uint32_t threshold = 1;
  };

  PrivateRoots make_roots(std::size_t count, std::uint32_t threshold) {
    PrivateRoots roots{{}, threshold};
    for (std::size_t i = 0; i < count; ++i)
      roots.keys.push_back(&new_pair());
    return roots;
  }
  static RootSet public_set(const PrivateRoots& roots) {
    RootSet set{{}, roots.threshold};
    for (const Ed25519KeyPair* pair : roots.keys)
      set.keys.push_back(RootKey::of(pair->public_key()));
    return set;
  }
  const Ed25519KeyPair& new_pair() { return pairs_.emplace_back(Ed25519KeyPair::generate(random_)); }
  SigningKey signing_key() {
    return {new_pair().public_key(), kNow - std::chrono::days(1), kNow + std::chrono::days(30)};
  }
  TransportKey transport_key() {
    return {X25519KeyPair::generate(random_).public_key(), kNow - std::chrono::days(1),
            kNow + std::chrono::days(30)};
  }
  const Ed25519KeyPair& pair_of(const Ed25519PublicKey& key) const {
    for (const Ed25519KeyPair& pair : pairs_) {
      if (pair.public_key() == key) return pair;
    }
    throw std::out_of_range("no such pair");
  }

  /// The document signed by these, as bytes.
  [[nodiscard]] proto::Bytes sign(const KeyDoc& what, const std::vector<const Ed25519KeyPair*>& signers,
                                  const std::vector<RootKey>& reveal = {}) const {
    return sign_keydoc(encode_keydoc(what).value(), signers, reveal);
  }
  [[nodiscard]] proto::Bytes sign(const KeyDoc& what) const { return sign(what, roots_.keys); }

  /// A document that follows `before` and replaces the root set by the committed one.
  [[nodiscard]] KeyDoc with_next_roots(KeyDoc next) {
    next.roots = public_set(next_roots_);
    later_roots_ = make_roots(next_roots_.keys.size(), next_roots_.threshold);
    next.next_root_commit = public_set(later_roots_).commitment();
    return next;
  }
  [[nodiscard]] proto::Bytes sign_by_both(const KeyDoc& what) const {
    std::vector<const Ed25519KeyPair*> signers = roots_.keys;
    signers.insert(signers.end(), next_roots_.keys.begin(), next_roots_.keys.end());
    return sign(what, signers, what.roots.keys);
  }

  [[nodiscard]] const PrivateRoots& roots() const { return roots_; }
  [[nodiscard]] const PrivateRoots& next_roots() const { return next_roots_; }
  [[nodiscard]] test::SeededRandom& random() { return random_; }

  KeyDoc doc;  ///< version 1

 private:
  test::SeededRandom random_;
  std::deque<Ed25519KeyPair> pairs_;
  PrivateRoots roots_;
  PrivateRoots next_roots_;
  PrivateRoots later_roots_;
};

/// The version after the chain's newest, for the test to change.
[[nodiscard]] inline KeyDoc following(const KeyChain& chain) {
  const proto::Bytes bytes = encode_keydoc(chain.current()).value();
  return next_version(chain.current(), bytes);
}

}  // namespace comity::crypto
