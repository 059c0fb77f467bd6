// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <optional>

#include "crypto/secret.h"
#include "proto/bytes.h"

/// Key files: secret bytes at rest, under a passphrase or, for nodes that start unattended, in the clear.
/// Functions over bytes; reading and writing files is the caller's. Sealing and opening under a passphrase
/// takes the time and memory that the cost names, so they belong on the pool.
///
/// Layout, integers big-endian:
///
///     offset  bytes
///     0       16     "comity key file\n"
///     16      1      version, 1
///     17      1      key derivation: 0 none, 1 Argon2id version 1.3 with one lane (RFC 9106)
///     18      4      n, the length of the payload in bytes
///
/// with derivation 1
///
///     22      4      passes over the memory
///     26      4      memory in KiB
///     30      16     salt
///     46      24     nonce
///     70      n+16   payload sealed by XChaCha20-Poly1305 with bytes 0 to 69 as associated data, under the
///     32
///                    bytes that Argon2id derives from passphrase, salt and cost
///
/// with derivation 0
///
///     22      n      payload
///     22+n    32     tagged_hash("key-file", bytes 0 to 21+n), which finds damage and protects nothing
namespace comity::crypto {

class Random;

/// What opening under a passphrase costs. The default is libsodium's "moderate": about half a second.
struct KeyFileCost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 256 * 1024;
};

/// Seals `payload` under `passphrase`. Errors: kKeyFileSize for a payload beyond bounds::kKeyFilePayload,
/// kKeyFilePassphrase for an empty passphrase, kKeyFileCost for a cost outside the bounds, kKeyFileMemory
/// when the system does not give the memory.
[[nodiscard]] proto::Result<proto::Bytes> seal_key_file(proto::ByteView payload, proto::ByteView passphrase,
                                                        const KeyFileCost& cost, Random& random);

/// A key file without a passphrase: whoever reads it has the keys, so it comes as a Secret. Error
/// kKeyFileSize.
[[nodiscard]] proto::Result<Secret> plain_key_file(proto::ByteView payload);

/// Whether opening `file` takes a passphrase. Errors: kKeyFileMagic, kKeyFileVersion, kKeyFileDerivation,
/// kKeyFileSize.
[[nodiscard]] proto::Result<bool> key_file_is_sealed(proto::ByteView file);

/// The payload. `passphrase` is given exactly when the file is sealed: a plain file in the place of a sealed
/// one is refused. Bounds are checked before any memory is taken. Errors: those of key_file_is_sealed();
/// kKeyFileCost; kKeyFilePassphrase when one is missing or given in vain; kKeyFileSealed for a wrong
/// passphrase or damage, which nobody can tell apart; kKeyFileDamaged; kKeyFileMemory.
[[nodiscard]] proto::Result<Secret> open_key_file(proto::ByteView file,
                                                  std::optional<proto::ByteView> passphrase);

}  // namespace comity::crypto
