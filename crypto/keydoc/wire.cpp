// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/wire.h"

#include <limits>

#include "comity/v1/identity.pb.h"

namespace comity::crypto {

proto::Result<RootKey> read_root(const v1::Key& field) {
  const auto broken = [](const char* rule) { return proto::Error{proto::Code::kKeyDocRule, rule}; };
  if (field.not_before() != 0 || field.not_after() != 0) return broken("a root key with a time window");
  // Key ids hold the algorithm in one byte.
  if (field.alg() < 0 || field.alg() > std::numeric_limits<std::uint8_t>::max()) {
    return broken("an algorithm that no key id can name");
  }
  if (v1::Alg_IsValid(field.alg()) && field.alg() != v1::ALG_ED25519)
    return broken("a root key that cannot sign");
  if (field.alg() == v1::ALG_ED25519 && field.pk().size() != Ed25519PublicKey::kSize) {
    return broken("a root key of the wrong size");
  }
  return RootKey{static_cast<std::uint8_t>(field.alg()), proto::to_bytes(field.pk())};
}

void write_root(const RootKey& key, v1::Key& field) {
  field.set_alg(static_cast<v1::Alg>(key.algorithm));
  field.set_pk(std::string(proto::as_text(key.public_key)));
}

}  // namespace comity::crypto
