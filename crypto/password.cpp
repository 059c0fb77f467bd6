// SPDX-License-Identifier: EUPL-1.2
#include "crypto/password.h"

#include <algorithm>

#include <fmt/format.h>
#include <sodium.h>

#include "crypto/secret.h"
#include "proto/bounds.h"
#include "proto/utf8.h"

namespace comity::crypto {
namespace {

namespace bounds = proto::bounds;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

constexpr std::byte kVersion{1};
constexpr std::size_t kPassesAt = 1;
constexpr std::size_t kMemoryAt = 5;
constexpr std::size_t kSaltAt = 9;
constexpr std::size_t kHashAt = kSaltAt + crypto_pwhash_argon2id_SALTBYTES;
constexpr std::size_t kLeastCharacters = 12;
constexpr std::size_t kMostCharacters = 256;

Status check_cost(const PasswordCost& cost) {
  if (cost.passes < 1 || cost.passes > bounds::kKeyFilePasses ||
      cost.memory_kib < bounds::kKeyFileLeastMemoryKib || cost.memory_kib > bounds::kKeyFileMemoryKib) {
    return Error{Code::kKeyFileCost, fmt::format("{} passes over {} KiB", cost.passes, cost.memory_kib)};
  }
  return {};
}

Result<Key32> derive(ByteView password, ByteView salt, const PasswordCost& cost) {
  init_sodium();
  Key32 key;
  if (crypto_pwhash_argon2id(proto::as_uchar(key.writable()), key.view().size(),
                             proto::as_text(password).data(), password.size(), proto::as_uchar(salt),
                             cost.passes, std::size_t{cost.memory_kib} * 1024,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return Error{Code::kKeyFileMemory, fmt::format("{} KiB", cost.memory_kib)};
  }
  return key;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Status check_password(ByteView password, std::string_view handle) {
  if (!proto::is_plain_line(password)) return Error{Code::kPasswordRule, "it is no plain line of text"};
  const std::string_view text = proto::as_text(password);
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  const auto characters = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
  if (characters < kLeastCharacters || characters > kMostCharacters)
    return Error{Code::kPasswordRule, fmt::format("it has {} characters", characters)};
  const bool name = std::equal(text.begin(), text.end(), handle.begin(), handle.end(),
                               [](char a, char b) { return lower(a) == lower(b); });
  if (name) return Error{Code::kPasswordRule, "it is the sign-in name"};
  return {};
}

Result<Bytes> hash_password(ByteView password, ByteView salt, const PasswordCost& cost) {
  static_assert(kPasswordSaltBytes == kHashAt - kSaltAt && kHashAt + 32 == kPasswordHashBytes);
  if (salt.size() != kPasswordSaltBytes) return Error{Code::kKeyFileDamaged, "the salt has another length"};
  COMITY_CHECK(check_cost(cost));
  Bytes out(kPasswordHashBytes);
  const std::span<std::byte> all(out);
  out[0] = kVersion;
  std::ranges::copy(proto::to_be(cost.passes), all.subspan(kPassesAt).begin());
  std::ranges::copy(proto::to_be(cost.memory_kib), all.subspan(kMemoryAt).begin());
  std::ranges::copy(salt, all.subspan(kSaltAt).begin());
  COMITY_TRY(const Key32 hash, derive(password, salt, cost));
  std::ranges::copy(hash.view(), all.subspan(kHashAt).begin());
  return out;
}

Result<bool> password_fits(ByteView password, ByteView stored) {
  if (stored.size() != kPasswordHashBytes || stored[0] != kVersion)
    return Error{Code::kKeyFileDamaged, "the hash of a password has another layout"};
  const PasswordCost cost{proto::from_be<std::uint32_t>(stored.subspan(kPassesAt, 4)),
                          proto::from_be<std::uint32_t>(stored.subspan(kMemoryAt, 4))};
  COMITY_CHECK(check_cost(cost));
  COMITY_TRY(const Key32 hash, derive(password, stored.subspan(kSaltAt, kHashAt - kSaltAt), cost));
  return equal_ct(hash.view(), stored.subspan(kHashAt));
}

}  // namespace comity::crypto
