// SPDX-License-Identifier: EUPL-1.2
#include "node/home/rotation.h"

#include <algorithm>

#include <fmt/format.h>

#include "node/home/files.h"
#include "node/home/identity.h"
#include "proto/bounds.h"
#include "storage/failpoint.h"

namespace comity::home {
namespace {

using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

// As at init: from a little before, for partners whose clock is behind, for a yearly use of the root key and
// a month.
constexpr std::chrono::hours kBefore{1};
constexpr std::chrono::days kAfter{395};
constexpr std::size_t kKeyFileBytes = proto::bounds::kKeyFilePayload + 1024;

template <class PublicKey>
crypto::TimedKey<PublicKey> lasting(const PublicKey& key, Moment now) {
  return {key, now - kBefore, now + kAfter};
}

/// The new key first, then the one in use while it lasts: at most two.
template <class PublicKey>
void follow(std::vector<crypto::TimedKey<PublicKey>>& listed, const PublicKey& used, const PublicKey& fresh,
            Moment now) {
  std::erase_if(listed, [&](const auto& key) { return key.key != used || key.not_after < now; });
  listed.insert(listed.begin(), lasting(fresh, now));
}

Result<crypto::KeyDoc> successor(const crypto::KeyChain& chain) {
  COMITY_TRY(const auto current, crypto::decode_signed_keydoc(chain.signed_bytes(chain.version())));
  return crypto::next_version(chain.current(), current.doc);
}

Result<PlannedKeys> finish(crypto::KeyDoc doc, NodeKeys keys) {
  COMITY_TRY(Bytes bytes, crypto::encode_keydoc(doc));
  return PlannedKeys{std::move(bytes), doc.version, std::move(keys)};
}

// Peers who have not heard of earlier changes still call the transport keys in use before: those of the last
// two changes, once this one has taken effect.
void make_room(NodeKeys& keys) {
  while (keys.more_transport.size() + 1 >= kMostMore)
    keys.more_transport.pop_back();
}

std::optional<crypto::KeyRole> role_of(const crypto::KeyChain& chain, const proto::KeyId& key) {
  for (std::uint32_t version = chain.version(); version >= 1; --version) {
    for (const crypto::KeyUse& use : crypto::key_uses(*chain.at(version)))
      if (use.id == key) return use.role;
  }
  return std::nullopt;
}

template <class PublicKey>
bool drop(std::vector<crypto::TimedKey<PublicKey>>& listed, const proto::KeyId& key) {
  return std::erase_if(listed, [&](const auto& each) { return each.id() == key; }) != 0;
}

// A document may not outlive the last key of its node.
void shorten(crypto::KeyDoc& doc) {
  Moment last;
  for (const auto& key : doc.node_sign)
    last = std::max(last, key.not_after);
  for (const auto& key : doc.transport)
    last = std::max(last, key.not_after);
  doc.expires = std::min(doc.expires, last);
}

}  // namespace

Result<PlannedKeys> plan_rotation(const Identity& identity, Moment now, crypto::Random& random) {
  COMITY_TRY(crypto::KeyDoc doc, successor(identity.chain));
  NodeKeys keys = copy_of(identity.keys);
  make_room(keys);
  keys.more_signing.push_back(crypto::Ed25519KeyPair::generate(random));
  keys.more_transport.insert(keys.more_transport.begin(), crypto::X25519KeyPair::generate(random));
  keys.more_witness.push_back(crypto::Ed25519KeyPair::generate(random));
  follow(doc.node_sign, keys.signing.public_key(), keys.more_signing.back().public_key(), now);
  follow(doc.transport, keys.transport.public_key(), keys.more_transport.front().public_key(), now);
  follow(doc.witness, keys.witness.public_key(), keys.more_witness.back().public_key(), now);
  doc.expires = now + kAfter;
  return finish(std::move(doc), std::move(keys));
}

Result<PlannedKeys> plan_revocation(const Identity& identity, const crypto::Revocation& revocation,
                                    Moment now, crypto::Random& random) {
  const proto::KeyId& id = revocation.key;
  const auto role = role_of(identity.chain, id);
  if (!role) return Error{Code::kKeyUnknown, id.hex()};
  if (*role == crypto::KeyRole::kRoot) {
    return Error{Code::kKeyNotRevocable, "root keys are exchanged for the next ones, not revoked"};
  }
  if (const crypto::Revocation* const before = identity.chain.revocation(id)) {
    const bool graver = revocation.reason == crypto::RevocationReason::kCompromised &&
                        before->reason != crypto::RevocationReason::kCompromised;
    if (!graver && before->since && *before->since <= *revocation.since) {
      return Error{Code::kKeyNotRevocable, "it is revoked already"};
    }
  }
  COMITY_TRY(crypto::KeyDoc doc, successor(identity.chain));
  NodeKeys keys = copy_of(identity.keys);
  make_room(keys);
  drop(doc.node_sign, id);
  drop(doc.transport, id);
  drop(doc.witness, id);
  doc.revoked.push_back(revocation);
  if (crypto::key_id(keys.signing.public_key()) == id) {
    keys.more_signing.push_back(crypto::Ed25519KeyPair::generate(random));
    doc.node_sign.insert(doc.node_sign.begin(), lasting(keys.more_signing.back().public_key(), now));
  }
  if (crypto::key_id(keys.transport.public_key()) == id) {
    keys.more_transport.insert(keys.more_transport.begin(), crypto::X25519KeyPair::generate(random));
    doc.transport.insert(doc.transport.begin(), lasting(keys.more_transport.front().public_key(), now));
  }
  if (crypto::key_id(keys.witness.public_key()) == id) {
    keys.more_witness.push_back(crypto::Ed25519KeyPair::generate(random));
    doc.witness.insert(doc.witness.begin(), lasting(keys.more_witness.back().public_key(), now));
  }
  shorten(doc);
  return finish(std::move(doc), std::move(keys));
}

Result<crypto::KeyChain> take_signed(const crypto::KeyChain& chain, const PlannedKeys& planned,
                                     ByteView signed_doc) {
  COMITY_TRY(const auto given, crypto::decode_signed_keydoc(signed_doc));
  if (!proto::equal(given.doc, planned.doc)) {
    return Error{Code::kKeyDocRule, "it is another document than the one that this node has written"};
  }
  crypto::KeyChain next = chain;
  const auto appended = next.append(signed_doc);
  if (!appended.ok()) {
    const Code code = appended.error().code;
    if (code == Code::kKeyDocSignature || code == Code::kKeyDocThreshold)
      return Error{Code::kRootKeyOther, proto::to_string(appended.error())};
    return appended.error();
  }
  if (*appended != crypto::KeyChain::Appended::kExtended) {
    return Error{Code::kKeyDocRule, fmt::format("version {} is held already", planned.version)};
  }
  return next;
}

Status store_keys(const Paths& paths, const NodeKeys& keys, const std::optional<crypto::Secret>& passphrase,
                  crypto::Random& random) {
  COMITY_TRY(const crypto::Secret file, key_file_bytes(encode_keys(keys).view(), passphrase, random));
  COMITY_FAILPOINT("keys.before_file");
  COMITY_CHECK(replace_file(paths.node_keys(), file.view()));
  COMITY_FAILPOINT("keys.after_file");
  return {};
}

Status store_chain(const Paths& paths, const crypto::KeyChain& chain) {
  COMITY_CHECK(replace_file(paths.key_chain(), encode_chain(chain)));
  COMITY_FAILPOINT("keys.after_chain");
  return {};
}

Result<bool> root_key_is_sealed(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kKeyFileBytes);
  if (!bytes.ok()) {
    if (bytes.error().code == Code::kHomeMissing) return Error{Code::kRootKeyWanted, file.string()};
    return bytes.error();
  }
  const auto sealed = crypto::key_file_is_sealed(bytes->view());
  if (sealed.ok()) return *sealed;
  return Error{Code::kKeyUnusable,
               fmt::format("{}: {}", file.string(), proto::describe(sealed.error().code).sentence)};
}

Result<Bytes> sign_as_root(const std::filesystem::path& root_key_file,
                           const std::optional<crypto::Secret>& passphrase, ByteView doc) {
  COMITY_TRY(const crypto::KeyDoc read, crypto::decode_keydoc(doc));
  COMITY_TRY(const crypto::Secret payload, load_keys(root_key_file, passphrase));
  const auto roots = decode_root_keys(payload.view());
  if (!roots.ok()) return Error{Code::kKeyUnusable, root_key_file.string() + ": " + roots.error().detail};
  const auto single = [](const crypto::Ed25519KeyPair& pair) {
    return crypto::RootSet{{crypto::RootKey::of(pair.public_key())}, 1};
  };
  if (!read.roots.find(crypto::key_id(roots->current.public_key()))) {
    return Error{Code::kRootKeyOther, root_key_file.string()};
  }
  if (read.roots.commitment() != single(roots->current).commitment() ||
      read.next_root_commit != single(roots->next).commitment()) {
    return Error{Code::kKeyDocRule, "it names other root keys than those in " + root_key_file.string()};
  }
  const crypto::Ed25519KeyPair* const signer = &roots->current;
  return crypto::sign_keydoc(doc, {&signer, 1}, {});
}

}  // namespace comity::home
