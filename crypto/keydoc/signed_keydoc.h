// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <span>
#include <vector>

#include "crypto/keydoc/root_set.h"

namespace comity::crypto {

/// A root signature under a document.
struct RootSignature {
  proto::KeyId key;
  Ed25519Signature signature;
};

/// A signature that this version cannot check: what it claims.
struct UnknownSignature {
  proto::KeyId key;
  int algorithm = 0;  ///< not a number of v1::Alg
};

/// A key document with what makes it valid, as it travels.
struct SignedKeyDoc {
  proto::Bytes doc;  ///< exact bytes
  std::vector<RootSignature> signatures;
  std::vector<UnknownSignature> unknown;  ///< never counted
  std::vector<RootKey> next_root_reveal;  ///< the new roots, when the version replaces the root set
};

/// Signs the exact bytes of a document by each of `signers`; `reveal` are the new roots when it replaces the
/// root set, else empty. The result is what peers exchange.
[[nodiscard]] proto::Bytes sign_keydoc(proto::ByteView doc, std::span<const Ed25519KeyPair* const> signers,
                                       const std::vector<RootKey>& reveal);

/// The one form of a signed document: its bytes, the signatures that this version can check and the revealed
/// roots. What else an unknown hand may have put around them is gone.
[[nodiscard]] proto::Bytes encode_signed_keydoc(const SignedKeyDoc& signed_doc);

/// Reads a signed document; checks no signature. Errors: kKeyDocRule, kKeyDocSignature for a signature of the
/// wrong size or kind, and those of the strict walker.
[[nodiscard]] proto::Result<SignedKeyDoc> decode_signed_keydoc(proto::ByteView bytes);

/// Whether `roots` signed as their threshold asks. Errors: kKeyDocThreshold.
[[nodiscard]] proto::Status check_threshold(const SignedKeyDoc& signed_doc, const RootSet& roots);

/// Every signature is by a different key of `before` or `after` and genuine: so no changed byte of a
/// signature passes unseen, even where enough others are left. One that this version cannot check must at
/// least name a root key of its own algorithm. Error kKeyDocSignature.
[[nodiscard]] proto::Status check_signatures(const SignedKeyDoc& signed_doc, const RootSet& before,
                                             const RootSet& after);

}  // namespace comity::crypto
