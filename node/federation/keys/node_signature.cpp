// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/keys/node_signature.h"

#include <fmt/format.h>

#include "crypto/sha256.h"

namespace comity::federation {

v1::Sig sign_as_node(const feed::SigningKey& key, std::string_view thing, ByteView bytes) {
  v1::Sig sig;
  sig.set_key_id(field(key.id.view()));
  sig.set_sig(field(key.pair->sign(proto::concat({crypto::context(thing), bytes})).view()));
  sig.set_alg(v1::ALG_ED25519);
  return sig;
}

Status check_node_signature(const crypto::KeyChain& chain, const v1::Sig& sig, std::string_view thing,
                            ByteView bytes, WallTime now, Code bad) {
  if (sig.alg() != v1::ALG_ED25519) return Error{bad, "an algorithm that this version does not know"};
  COMITY_TRY(const KeyId id, KeyId::from(view_of(sig.key_id())));
  const auto signature = crypto::Ed25519Signature::from(view_of(sig.sig()));
  if (!signature.ok()) return Error{bad, "a signature of another size"};
  COMITY_TRY(const crypto::Ed25519PublicKey key, chain.current_signing_key(id, now));
  if (!crypto::ed25519_verify(key, proto::concat({crypto::context(thing), bytes}), *signature)) {
    return Error{bad, fmt::format("key {}", id.hex())};
  }
  return {};
}

Status check_keydoc_version(const crypto::KeyChain& chain, std::uint32_t version, Code rule) {
  if (version > chain.version()) {
    return Error{Code::kKeyDocNewer, fmt::format("version {}, {} is held", version, chain.version())};
  }
  if (version < chain.version()) {
    return Error{rule, fmt::format("signed under version {} of the key document, {} is the newest", version,
                                   chain.version())};
  }
  return {};
}

}  // namespace comity::federation
