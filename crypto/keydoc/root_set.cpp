// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/root_set.h"

#include <algorithm>

#include "comity/v1/identity.pb.h"

#include "crypto/sha256.h"

namespace comity::crypto {

RootKey RootKey::of(const Ed25519PublicKey& key) {
  return {v1::ALG_ED25519, proto::to_bytes(key.view())};
}

std::optional<Ed25519PublicKey> RootKey::ed25519() const {
  if (algorithm != v1::ALG_ED25519 || public_key.size() != Ed25519PublicKey::kSize) return std::nullopt;
  return Ed25519PublicKey::from(public_key).value();
}

const RootKey* RootSet::listed(const proto::KeyId& id) const {
  const auto found = std::ranges::find(keys, id, &RootKey::id);
  return found != keys.end() ? &*found : nullptr;
}

std::optional<Ed25519PublicKey> RootSet::find(const proto::KeyId& id) const {
  const RootKey* key = listed(id);
  return key != nullptr ? key->ed25519() : std::nullopt;
}

std::size_t RootSet::usable() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(keys, [](const RootKey& key) { return key.ed25519().has_value(); }));
}

proto::Sha256Digest RootSet::commitment() const {
  std::vector<proto::KeyId> ids;
  ids.reserve(keys.size());
  for (const RootKey& key : keys)
    ids.push_back(key.id());
  std::ranges::sort(ids);
  proto::Bytes all;
  for (const proto::KeyId& id : ids)
    proto::append(all, id.view());
  return tagged_hash("next-root", {proto::to_be(threshold), all});
}

}  // namespace comity::crypto
