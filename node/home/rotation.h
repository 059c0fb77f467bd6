// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <optional>

#include "node/home/open.h"

/// Changing the keys of a node, in steps between which it may be cut off at any point (research/protocol.md
/// section 3). The node writes the next key document; whoever holds the root key signs it; the node checks
/// that, puts the new keys beside the old ones in their file, then puts the document on disk, and only then
/// uses them. What stands in the file and in no document is never used.
namespace comity::home {

/// A change that waits for the signature of a root key.
struct PlannedKeys {
  proto::Bytes doc;         ///< exact bytes of the next version
  std::uint32_t version{};  ///< of it
  NodeKeys keys;            ///< those in use, and the new ones besides
};

/// New signing, transport and witness keys. Those in use stay listed behind them, so that what they signed
/// and peers who have not heard yet lose nothing; older ones are listed no more. Errors: those of
/// crypto::encode_keydoc().
[[nodiscard]] proto::Result<PlannedKeys> plan_rotation(const Identity& identity, Moment now,
                                                       crypto::Random& random);

/// The end of one key. Where it is in use, a new one takes its place in the same document. `revocation.since`
/// is stated. Errors: kKeyUnknown; kKeyNotRevocable for a root key and for one that is revoked so already.
[[nodiscard]] proto::Result<PlannedKeys> plan_revocation(const Identity& identity,
                                                         const crypto::Revocation& revocation, Moment now,
                                                         crypto::Random& random);

/// The chain with the signed document. Errors: kKeyDocRule when it holds another document than the planned
/// one; kRootKeyOther when no root key of the agency signed it; those of crypto::KeyChain::append().
[[nodiscard]] proto::Result<crypto::KeyChain> take_signed(const crypto::KeyChain& chain,
                                                          const PlannedKeys& planned,
                                                          proto::ByteView signed_doc);

/// Puts both files on disk, keys first. Blocks, half a second with a passphrase. Errors: those of files.h and
/// crypto::seal_key_file().
[[nodiscard]] proto::Status store_keys(const Paths& paths, const NodeKeys& keys,
                                       const std::optional<crypto::Secret>& passphrase,
                                       crypto::Random& random);
[[nodiscard]] proto::Status store_chain(const Paths& paths, const crypto::KeyChain& chain);

/// Whether opening the root key file takes a passphrase. Errors: kRootKeyWanted when there is none,
/// kKeyUnusable, those of files.h.
[[nodiscard]] proto::Result<bool> root_key_is_sealed(const std::filesystem::path& file);

/// Signs a key document as its agency's root; the result is what peers exchange. It is read first: a document
/// that gives the agency other roots, or another commitment to the next ones, is not signed. Errors:
/// kRootKeyOther, kKeyDocRule, those of load_keys() and crypto::decode_keydoc().
[[nodiscard]] proto::Result<proto::Bytes> sign_as_root(const std::filesystem::path& root_key_file,
                                                       const std::optional<crypto::Secret>& passphrase,
                                                       proto::ByteView doc);

}  // namespace comity::home
