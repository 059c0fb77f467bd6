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

/// A key document with what makes it valid, as it travels. Signatures of algorithms that this version does
/// not know were left out when it was read.
struct SignedKeyDoc {
  proto::Bytes doc;  ///< exact bytes
  std::vector<RootSignature> signatures;
  std::vector<RootKey> next_root_reveal;  ///< the new roots, when the version replaces the root set
};

/// Signs the exact bytes of a document by each of `signers`; `reveal` are the new roots when it replaces the
/// root set, else empty. The result is what peers exchange.
[[nodiscard]] proto::Bytes sign_keydoc(proto::ByteView doc, std::span<const Ed25519KeyPair* const> signers,
                                       const std::vector<RootKey>& reveal);

/// Reads a signed document; checks no signature. Errors: kKeyDocRule, kKeyDocSignature for a signature of the
/// wrong size or kind, and those of the strict walker.
[[nodiscard]] proto::Result<SignedKeyDoc> decode_signed_keydoc(proto::ByteView bytes);

/// Whether `roots` signed as their threshold asks. Errors: kKeyDocThreshold.
[[nodiscard]] proto::Status check_threshold(const SignedKeyDoc& signed_doc, const RootSet& roots);

/// Every signature is by a different key of `before` or `after` and genuine: so no changed byte of a
/// signature passes unseen, even where enough others are left. Error kKeyDocSignature.
[[nodiscard]] proto::Status check_signatures(const SignedKeyDoc& signed_doc, const RootSet& before,
                                             const RootSet& after);

}  // namespace comity::crypto
