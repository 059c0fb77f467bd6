// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/rules.h"

#include <algorithm>
#include <set>

#include "crypto/sha256.h"
#include "proto/utf8.h"

namespace comity::crypto {
namespace {

using proto::Code;
using proto::Error;
using proto::Status;

constexpr std::size_t kLeastShortName = 2;
constexpr std::size_t kMostShortName = 31;

Error broken(const char* rule) {
  return {Code::kKeyDocRule, rule};
}

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

Status check_names(const KeyDoc& doc) {
  const std::string& name = doc.short_name;
  const auto fits = [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  if (name.size() < kLeastShortName || name.size() > kMostShortName || !is_letter(name.front()) ||
      !std::ranges::all_of(name, fits)) {
    return broken("a short name that is not a letter a-z, then letters, digits or hyphens");
  }
  if (doc.legal_name.empty() || !proto::is_plain_line(proto::as_bytes(doc.legal_name))) {
    return broken("a legal name that is empty or not one plain line");
  }
  return {};
}

Status check_version(const KeyDoc& doc) {
  const bool first = doc.version == 1;
  if (doc.prev.is_zero() != first || doc.agency.is_zero() != first) {
    return broken("version 1 names neither a version before nor an agency, every later one names both");
  }
  if (first && doc.nonce.is_zero()) return broken("version 1 without a nonce");
  return {};
}

Status check_roots(const KeyDoc& doc) {
  if (doc.roots.threshold < 1 || doc.roots.threshold > doc.roots.usable()) {
    return broken("a threshold that is not 1 to the number of root keys");
  }
  if (doc.next_root_commit.is_zero()) return broken("no commitment to the next roots");
  if (doc.next_root_commit == doc.roots.commitment()) return broken("the next roots are today's");
  for (const RootKey& key : doc.roots.keys) {
    if (const auto usable = key.ed25519()) COMITY_CHECK(check_public_key(*usable));
  }
  return {};
}

template <class PublicKey>
Status check_keys(const std::vector<TimedKey<PublicKey>>& keys) {
  for (const TimedKey<PublicKey>& key : keys) {
    if (key.not_before <= Moment() || key.not_after <= key.not_before)
      return broken("a key without a lifetime");
    if (key.not_after - key.not_before > kMostKeyLife) return broken("a key that lives longer than 400 days");
    COMITY_CHECK(check_public_key(key.key));
  }
  return {};
}

// A document that outlives the keys of its node would be taken for the newest when nothing in it can be used.
Status check_end(const KeyDoc& doc) {
  Moment last;
  for (const SigningKey& key : doc.node_sign)
    last = std::max(last, key.not_after);
  for (const TransportKey& key : doc.transport)
    last = std::max(last, key.not_after);
  const bool any = !doc.node_sign.empty() || !doc.transport.empty();
  if (any && doc.expires > last) return broken("an end after that of the last key of the node");
  return {};
}

Status check_purposes(const KeyDoc& doc) {
  std::set<proto::Sha256Digest> seen;
  for (const KeyUse& use : key_uses(doc)) {
    if (!seen.insert(use.bytes).second) return Error{Code::kKeyRole, "twice in one document"};
  }
  return {};
}

Status check_revocations(const KeyDoc& doc) {
  std::set<proto::KeyId> listed;
  for (const KeyUse& use : key_uses(doc))
    listed.insert(use.id);
  std::set<proto::KeyId> revoked;
  for (const Revocation& each : doc.revoked) {
    if (!revoked.insert(each.key).second) return broken("a key revoked twice in one document");
    if (listed.contains(each.key)) return broken("a key both listed and revoked");
    if (!each.since) return broken("a revoked key without the moment since when");
  }
  return {};
}

}  // namespace

std::vector<KeyUse> key_uses(const KeyDoc& doc) {
  std::vector<KeyUse> uses;
  for (const RootKey& key : doc.roots.keys)
    uses.push_back({sha256(key.public_key), key.id(), KeyRole::kRoot, {}, {}});
  const auto add = [&](const auto& keys, KeyRole role) {
    for (const auto& key : keys)
      uses.push_back({sha256(key.key.view()), key.id(), role, key.not_before, key.not_after});
  };
  add(doc.node_sign, KeyRole::kNodeSign);
  add(doc.transport, KeyRole::kTransport);
  add(doc.witness, KeyRole::kWitness);
  return uses;
}

Status check_rules(const KeyDoc& doc) {
  COMITY_CHECK(check_version(doc));
  COMITY_CHECK(check_names(doc));
  COMITY_CHECK(check_roots(doc));
  COMITY_CHECK(check_keys(doc.node_sign));
  COMITY_CHECK(check_keys(doc.transport));
  COMITY_CHECK(check_keys(doc.witness));
  COMITY_CHECK(check_end(doc));
  COMITY_CHECK(check_purposes(doc));
  return check_revocations(doc);
}

}  // namespace comity::crypto
