// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/key_chain.h"

#include <algorithm>

#include <fmt/format.h>

#include "proto/bounds.h"

namespace comity::crypto {
namespace {

using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

Revocation merged(const Revocation& old, const Revocation& newer) {
  Revocation out = newer;
  if (old.reason == RevocationReason::kCompromised) out.reason = old.reason;
  if (old.since) out.since = newer.since ? std::min(*old.since, *newer.since) : *old.since;
  if (newer.last_good_tick == 0 || (old.last_good_tick != 0 && old.last_good_tick < newer.last_good_tick)) {
    out.last_good_tick = old.last_good_tick;
  }
  return out;
}

}  // namespace

Result<KeyChain::Candidate> KeyChain::read(ByteView signed_keydoc) {
  COMITY_TRY(SignedKeyDoc signed_doc, decode_signed_keydoc(signed_keydoc));
  COMITY_TRY(KeyDoc doc, decode_keydoc(signed_doc.doc));
  const proto::Sha256Digest hash = keydoc_hash(signed_doc.doc);
  // Only what the signatures vouch for is kept and counted.
  proto::Bytes kept = encode_signed_keydoc(signed_doc);
  return Candidate{std::move(signed_doc), {std::move(kept), std::move(doc), hash, false}};
}

Result<KeyChain> KeyChain::start(ByteView signed_keydoc, const std::optional<proto::AgencyId>& expected) {
  COMITY_TRY(Candidate first, read(signed_keydoc));
  if (first.link.doc.version != 1) return Error{Code::kKeyDocGap, "a chain starts with version 1"};
  KeyChain chain;
  chain.agency_ = agency_id_of(first.signed_doc.doc);
  if (expected && *expected != chain.agency_) return Error{Code::kKeyDocAgency, chain.agency_.hex()};
  COMITY_CHECK(check_first(first));
  COMITY_CHECK(chain.push(std::move(first.link)));
  return chain;
}

Result<KeyChain::Appended> KeyChain::append(ByteView signed_keydoc) {
  COMITY_TRY(Candidate next, read(signed_keydoc));
  const std::uint32_t number = next.link.doc.version;
  if (number > version() + 1) {
    return Error{Code::kKeyDocGap, fmt::format("version {} after {}", number, version())};
  }
  if (number == 1) {
    if (next.link.hash != links_.front().hash) return Error{Code::kKeyDocAgency, "another version 1"};
    COMITY_CHECK(check_first(next));
    return Appended::kKnown;
  }
  COMITY_CHECK(check_successor(links_[number - 2], next));
  if (number > version()) {
    COMITY_CHECK(push(std::move(next.link)));
    return Appended::kExtended;
  }
  return compete(std::move(next.link));
}

Status KeyChain::check_first(const Candidate& first) {
  if (!first.signed_doc.next_root_reveal.empty()) {
    return Error{Code::kKeyDocRoots, "version 1 has no roots before it to replace"};
  }
  COMITY_CHECK(check_signatures(first.signed_doc, first.link.doc.roots, first.link.doc.roots));
  return check_threshold(first.signed_doc, first.link.doc.roots);
}

Status KeyChain::check_successor(const Link& before, Candidate& next) const {
  const KeyDoc& doc = next.link.doc;
  if (doc.agency != agency_) return Error{Code::kKeyDocAgency, doc.agency.hex()};
  if (doc.prev != before.hash) {
    return Error{Code::kKeyDocGap, fmt::format("version {} follows another version before it", doc.version)};
  }
  COMITY_CHECK(check_signatures(next.signed_doc, before.doc.roots, doc.roots));
  COMITY_CHECK(check_threshold(next.signed_doc, before.doc.roots));
  COMITY_CHECK(check_threshold(next.signed_doc, doc.roots));

  const proto::Sha256Digest roots = doc.roots.commitment();
  next.link.replaces_roots = roots != before.doc.roots.commitment();
  if (!next.link.replaces_roots) {
    if (!next.signed_doc.next_root_reveal.empty())
      return Error{Code::kKeyDocRoots, "revealed without change"};
    if (doc.next_root_commit != before.doc.next_root_commit) {
      return Error{Code::kKeyDocRoots, "a new commitment without the roots of the old one"};
    }
    return {};
  }
  if (roots != before.doc.next_root_commit) return Error{Code::kKeyDocRoots, "not the committed roots"};
  if (next.signed_doc.next_root_reveal != doc.roots.keys) {
    return Error{Code::kKeyDocRoots, "other keys revealed than listed"};
  }
  return {};
}

Result<KeyChain::Appended> KeyChain::compete(Link link) {
  const std::size_t index = link.doc.version - 1;
  const Link& held = links_[index];
  if (link.hash == held.hash) return Appended::kKnown;
  const std::string which = fmt::format("version {}", link.doc.version);
  if (link.replaces_roots == held.replaces_roots) return Error{Code::kKeyDocFork, which};
  if (held.replaces_roots) return Error{Code::kKeyDocSuperseded, which};
  KeyChain branch;
  branch.agency_ = agency_;
  for (std::size_t i = 0; i < index; ++i)
    COMITY_CHECK(branch.push(links_[i]));
  COMITY_CHECK(branch.push(std::move(link)));
  for (const auto& [key, revoked] : revocations_) {
    if (!branch.revocations_.contains(key)) branch.lost_.push_back(revoked);
  }
  *this = std::move(branch);
  return Appended::kReplaced;
}

Status KeyChain::push(Link link) {
  if (bytes_ + link.signed_bytes.size() > proto::bounds::kKeyChainBytes)
    return Error{Code::kKeyChainFull, {}};
  for (const KeyUse& use : key_uses(link.doc)) {
    if (const auto known = uses_.find(use.bytes); known != uses_.end()) {
      const KeyUse& first = known->second;
      if (first.role != use.role) return Error{Code::kKeyRole, use.id.hex()};
      // Else a key could outlive its 400 days, or be given a past that it had not.
      if (first.not_before != use.not_before || first.not_after != use.not_after) {
        return Error{Code::kKeyWindowChanged, use.id.hex()};
      }
    }
    if (revocations_.contains(use.id)) return Error{Code::kKeyRevoked, use.id.hex()};
  }
  for (const KeyUse& use : key_uses(link.doc))
    uses_.emplace(use.bytes, use);
  for (const Revocation& each : link.doc.revoked) {
    const auto [place, first] = revocations_.emplace(each.key, each);
    if (!first) place->second = merged(place->second, each);
  }
  bytes_ += link.signed_bytes.size();
  links_.push_back(std::move(link));
  return {};
}

bool KeyChain::has_hash(const proto::Sha256Digest& hash) const noexcept {
  return std::ranges::find(links_, hash, &Link::hash) != links_.end();
}

const KeyDoc* KeyChain::at(std::uint32_t version) const noexcept {
  return version >= 1 && version <= links_.size() ? &links_[version - 1].doc : nullptr;
}

ByteView KeyChain::signed_bytes(std::uint32_t version) const noexcept {
  return at(version) != nullptr ? ByteView(links_[version - 1].signed_bytes) : ByteView();
}

const Revocation* KeyChain::revocation(const proto::KeyId& key) const noexcept {
  const auto found = revocations_.find(key);
  return found != revocations_.end() ? &found->second : nullptr;
}

Result<Ed25519PublicKey> KeyChain::current_signing_key(const proto::KeyId& key, Moment now) const {
  if (revocation(key) != nullptr) return Error{Code::kKeyRevoked, key.hex()};
  const auto& keys = current().node_sign;
  const auto found = std::ranges::find(keys, key, &SigningKey::id);
  if (found == keys.end()) return Error{Code::kUnknownKey, key.hex()};
  if (!found->valid_at(now)) return Error{Code::kKeyOutsideWindow, key.hex()};
  if (stale(now)) return Error{Code::kKeyDocStale, agency_.hex()};
  return found->key;
}

Result<KeyChain::Signer> KeyChain::signing_key(std::uint32_t version, const proto::KeyId& key) const {
  if (version > this->version()) return Error{Code::kKeyDocNewer, fmt::format("version {}", version)};
  const KeyDoc* doc = at(version);
  if (doc == nullptr) return Error{Code::kUnknownKey, "version 0"};
  const auto found = std::ranges::find(doc->node_sign, key, &SigningKey::id);
  if (found == doc->node_sign.end()) return Error{Code::kUnknownKey, key.hex()};
  Signer signer{*found, std::nullopt,
                std::ranges::find(current().node_sign, *found) != current().node_sign.end()};
  if (const Revocation* revoked = revocation(key)) signer.revocation = *revoked;
  return signer;
}

Status KeyChain::check_transport(const X25519PublicKey& key, Moment now) const {
  const auto& keys = current().transport;
  const auto found = std::ranges::find(keys, key, &TransportKey::key);
  if (found == keys.end()) return Error{Code::kUnknownKey, "not a transport key of the newest version"};
  if (!found->valid_at(now)) return Error{Code::kKeyOutsideWindow, found->id().hex()};
  if (stale(now)) return Error{Code::kKeyDocStale, agency_.hex()};
  return {};
}

}  // namespace comity::crypto
