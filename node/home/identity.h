// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <filesystem>
#include <optional>

#include "crypto/key_file.h"
#include "crypto/keydoc/key_chain.h"
#include "node/home/marker.h"
#include "node/home/node_keys.h"

namespace comity::home {

/// First line of the file. Errors: kPassphraseUnreadable (absent, empty, longer than 1 KiB), kHomeTooOpen
/// when others than owner and group can read it.
[[nodiscard]] proto::Result<crypto::Secret> read_passphrase(const std::filesystem::path& file);

/// The content of a key file, sealed when there is a passphrase. Takes about half a second then.
[[nodiscard]] proto::Result<crypto::Secret> key_file_bytes(proto::ByteView payload,
                                                           const std::optional<crypto::Secret>& passphrase,
                                                           crypto::Random& random);

/// Writes a new key file, sealed when there is a passphrase. Takes about half a second then.
[[nodiscard]] proto::Status save_keys(const std::filesystem::path& file, proto::ByteView payload,
                                      const std::optional<crypto::Secret>& passphrase,
                                      crypto::Random& random);

/// The payload of a key file. Errors: kKeyMissing, kHomeTooOpen, kPassphraseNeeded, kKeyUnusable, those of
/// files.h; the detail names the file and never holds a secret.
[[nodiscard]] proto::Result<crypto::Secret> load_keys(const std::filesystem::path& file,
                                                      const std::optional<crypto::Secret>& passphrase);

/// The first key document of a new agency, signed by its root key. Errors: those of crypto::encode_keydoc().
[[nodiscard]] proto::Result<crypto::KeyChain> first_key_chain(const NodeKeys& keys, const RootKeys& roots,
                                                              const std::string& short_name,
                                                              const std::string& legal_name, Moment now,
                                                              crypto::Random& random);

/// The content of the file keydoc.chain: each version as a v1::SignedKeyDoc behind its length, u32
/// big-endian.
[[nodiscard]] proto::Bytes encode_chain(const crypto::KeyChain& chain);
/// Reads and verifies it. Error kHomeDamaged naming `file`.
[[nodiscard]] proto::Result<crypto::KeyChain> decode_chain(proto::ByteView bytes, const std::string& file);

}  // namespace comity::home
