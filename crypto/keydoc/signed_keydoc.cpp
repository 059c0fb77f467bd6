// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keydoc/signed_keydoc.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "comity/v1/identity.pb.h"

#include "crypto/keydoc/wire.h"
#include "crypto/sha256.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;

Bytes signed_bytes(ByteView doc) {
  return proto::concat({context("keydoc-sig"), doc});
}

Error bad_signature(const char* what) {
  return {Code::kKeyDocSignature, what};
}

proto::Result<RootSignature> read_signature(const v1::Sig& field) {
  if (field.alg() != v1::ALG_ED25519) return bad_signature("a signature by a key that cannot sign");
  if (field.sig().size() != Ed25519Signature::kSize) return bad_signature("a signature of the wrong size");
  COMITY_TRY(const proto::KeyId key, proto::KeyId::from(as_bytes(field.key_id())));
  COMITY_TRY(const Ed25519Signature signature, Ed25519Signature::from(as_bytes(field.sig())));
  return RootSignature{key, signature};
}

}  // namespace

Bytes sign_keydoc(ByteView doc, std::span<const Ed25519KeyPair* const> signers,
                  const std::vector<RootKey>& reveal) {
  const Bytes text = signed_bytes(doc);
  SignedKeyDoc signed_doc{proto::to_bytes(doc), {}, {}, reveal};
  for (const Ed25519KeyPair* signer : signers)
    signed_doc.signatures.push_back({key_id(signer->public_key()), signer->sign(text)});
  return encode_signed_keydoc(signed_doc);
}

Bytes encode_signed_keydoc(const SignedKeyDoc& signed_doc) {
  v1::SignedKeyDoc message;
  message.set_doc(std::string(proto::as_text(signed_doc.doc)));
  for (const RootSignature& each : signed_doc.signatures) {
    v1::Sig& field = *message.add_sigs();
    field.set_key_id(std::string(proto::as_text(each.key.view())));
    field.set_sig(std::string(proto::as_text(each.signature.view())));
    field.set_alg(v1::ALG_ED25519);
  }
  for (const RootKey& key : signed_doc.next_root_reveal)
    write_root(key, *message.add_next_root_reveal());
  return proto::encode(message);
}

proto::Result<SignedKeyDoc> decode_signed_keydoc(ByteView bytes) {
  COMITY_TRY(const v1::SignedKeyDoc message,
             proto::decode<v1::SignedKeyDoc>(bytes, proto::bounds::kSignedKeyDocBytes));
  SignedKeyDoc signed_doc{proto::to_bytes(message.doc()), {}, {}, {}};
  for (const v1::Sig& field : message.sigs()) {
    if (!v1::Alg_IsValid(field.alg())) {
      COMITY_TRY(const proto::KeyId key, proto::KeyId::from(as_bytes(field.key_id())));
      signed_doc.unknown.push_back({key, field.alg()});
      continue;
    }
    COMITY_TRY(const RootSignature signature, read_signature(field));
    signed_doc.signatures.push_back(signature);
  }
  for (const v1::Key& field : message.next_root_reveal()) {
    COMITY_TRY(RootKey key, read_root(field));
    signed_doc.next_root_reveal.push_back(std::move(key));
  }
  return signed_doc;
}

proto::Status check_threshold(const SignedKeyDoc& signed_doc, const RootSet& roots) {
  std::set<proto::KeyId> signers;
  for (const RootSignature& each : signed_doc.signatures) {
    if (roots.find(each.key)) signers.insert(each.key);
  }
  if (signers.size() >= roots.threshold) return {};
  return Error{Code::kKeyDocThreshold, fmt::format("{} of {}", signers.size(), roots.threshold)};
}

proto::Status check_signatures(const SignedKeyDoc& signed_doc, const RootSet& before, const RootSet& after) {
  const Bytes text = signed_bytes(signed_doc.doc);
  std::set<proto::KeyId> signers;
  for (const RootSignature& each : signed_doc.signatures) {
    std::optional<Ed25519PublicKey> key = before.find(each.key);
    if (!key) key = after.find(each.key);
    if (!key) return bad_signature("by a key that is no root");
    if (!signers.insert(each.key).second) return bad_signature("two by one key");
    if (!ed25519_verify(*key, text, each.signature)) return bad_signature("not genuine");
  }
  for (const UnknownSignature& each : signed_doc.unknown) {
    const RootKey* key = before.listed(each.key);
    if (key == nullptr) key = after.listed(each.key);
    if (key == nullptr || key->algorithm != each.algorithm)
      return bad_signature("of an algorithm that its key does not have");
    if (!signers.insert(each.key).second) return bad_signature("two by one key");
  }
  return {};
}

}  // namespace comity::crypto
