// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>

#include "proto/bytes.h"
#include "proto/result.h"

/// Passwords of people, kept as Argon2id version 1.3 with one lane (RFC 9106). Hashing takes the time and
/// memory that the cost names, so it belongs on the pool; any thread.
namespace comity::crypto {

/// What one check costs: by default about a tenth of a second and 64 MiB, which makes guessing slow and keeps
/// a few sign-ins at once within a small machine.
struct PasswordCost {
  std::uint32_t passes = 2;
  std::uint32_t memory_kib = 64 * 1024;
};

/// A stored hash: version u8 (1), passes u32, memory in KiB u32, salt 16 bytes, hash 32 bytes; big-endian.
inline constexpr std::size_t kPasswordHashBytes = 1 + 4 + 4 + 16 + 32;

/// Error kPasswordRule unless it is UTF-8 of 12 to 256 characters without control characters and another
/// than the sign-in name, whatever its case.
[[nodiscard]] proto::Status check_password(proto::ByteView password, std::string_view handle);

inline constexpr std::size_t kPasswordSaltBytes = 16;

/// `salt` is random, kPasswordSaltBytes, and used once. Errors: kKeyFileCost for a cost outside the bounds,
/// kKeyFileMemory when the system does not give the memory.
[[nodiscard]] proto::Result<proto::Bytes> hash_password(proto::ByteView password, proto::ByteView salt,
                                                        const PasswordCost& cost);

/// Whether `password` is the one that `stored` was made of; compares in constant time. The bounds of the cost
/// are checked before any memory is taken. Errors: kKeyFileDamaged for a hash of another layout,
/// kKeyFileCost, kKeyFileMemory.
[[nodiscard]] proto::Result<bool> password_fits(proto::ByteView password, proto::ByteView stored);

}  // namespace comity::crypto
