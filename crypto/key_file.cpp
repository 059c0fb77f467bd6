// SPDX-License-Identifier: EUPL-1.2
#include "crypto/key_file.h"

#include <algorithm>

#include <fmt/format.h>
#include <sodium.h>

#include "crypto/aead.h"
#include "crypto/random.h"
#include "crypto/sha256.h"
#include "proto/bounds.h"

namespace comity::crypto {
namespace {

using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;
namespace bounds = proto::bounds;

constexpr std::string_view kMagic = "comity key file\n";
constexpr std::byte kVersion{1};
constexpr std::size_t kVersionAt = 16;
constexpr std::size_t kDerivationAt = 17;
constexpr std::size_t kPayloadSizeAt = 18;
constexpr std::size_t kCommonBytes = 22;
constexpr std::size_t kPassesAt = 22;
constexpr std::size_t kMemoryAt = 26;
constexpr std::size_t kSaltAt = 30;
constexpr std::size_t kSaltBytes = crypto_pwhash_argon2id_SALTBYTES;
constexpr std::size_t kNonceAt = kSaltAt + kSaltBytes;
constexpr std::size_t kSealedHeaderBytes = kNonceAt + kXChaChaNonceBytes;
constexpr std::string_view kChecksumThing = "key-file";

enum class Derivation : std::uint8_t { kNone = 0, kArgon2id = 1 };

struct Header {
  Derivation derivation;
  std::size_t payload_size;
};

Status check_cost(const KeyFileCost& cost) {
  if (cost.passes < 1 || cost.passes > bounds::kKeyFilePasses ||
      cost.memory_kib < bounds::kKeyFileLeastMemoryKib || cost.memory_kib > bounds::kKeyFileMemoryKib) {
    return Error{Code::kKeyFileCost, fmt::format("{} passes over {} KiB", cost.passes, cost.memory_kib)};
  }
  return {};
}

Status check_payload(std::size_t size) {
  if (size <= bounds::kKeyFilePayload) return {};
  return Error{Code::kKeyFileSize,
               fmt::format("a payload of {} bytes, {} may be", size, bounds::kKeyFilePayload)};
}

Result<Key32> derive(ByteView passphrase, ByteView salt, const KeyFileCost& cost) {
  init_sodium();
  Key32 key;
  if (crypto_pwhash_argon2id(proto::as_uchar(key.writable()), key.view().size(),
                             proto::as_text(passphrase).data(), passphrase.size(), proto::as_uchar(salt),
                             cost.passes, std::size_t{cost.memory_kib} * 1024,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return Error{Code::kKeyFileMemory, fmt::format("{} KiB", cost.memory_kib)};
  }
  return key;
}

void put(std::span<std::byte> out, std::size_t at, ByteView bytes) {
  std::ranges::copy(bytes, out.subspan(at).begin());
}

void put_common(std::span<std::byte> out, Derivation derivation, std::size_t payload_size) {
  put(out, 0, proto::as_bytes(kMagic));
  out[kVersionAt] = kVersion;
  out[kDerivationAt] = static_cast<std::byte>(derivation);
  put(out, kPayloadSizeAt, proto::to_be(static_cast<std::uint32_t>(payload_size)));
}

Result<Header> read_header(ByteView file) {
  if (file.size() < kMagic.size() || !proto::equal(file.first(kMagic.size()), proto::as_bytes(kMagic))) {
    return Error{Code::kKeyFileMagic, {}};
  }
  if (file.size() < kCommonBytes) return Error{Code::kKeyFileSize, fmt::format("{} bytes", file.size())};
  // Judged before the length, which another version may count in another way.
  if (file[kVersionAt] != kVersion) {
    return Error{Code::kKeyFileVersion,
                 fmt::format("version {}, this program reads {}", std::to_integer<unsigned>(file[kVersionAt]),
                             std::to_integer<unsigned>(kVersion))};
  }
  const auto derivation = static_cast<Derivation>(file[kDerivationAt]);
  if (derivation != Derivation::kNone && derivation != Derivation::kArgon2id) {
    return Error{Code::kKeyFileDerivation, fmt::format("number {}", static_cast<unsigned>(derivation))};
  }
  const std::size_t payload_size = proto::from_be<std::uint32_t>(file.subspan(kPayloadSizeAt));
  COMITY_CHECK(check_payload(payload_size));
  const std::size_t around = derivation == Derivation::kArgon2id ? kSealedHeaderBytes + kAeadTagBytes
                                                                 : kCommonBytes + Sha256Digest::kSize;
  if (file.size() != around + payload_size) {
    return Error{Code::kKeyFileSize,
                 fmt::format("{} bytes where {} belong", file.size(), around + payload_size)};
  }
  return Header{derivation, payload_size};
}

Result<Secret> open_sealed(ByteView file, std::size_t payload_size, ByteView passphrase) {
  const KeyFileCost cost{proto::from_be<std::uint32_t>(file.subspan(kPassesAt)),
                         proto::from_be<std::uint32_t>(file.subspan(kMemoryAt))};
  COMITY_CHECK(check_cost(cost));
  COMITY_TRY(const Key32 key, derive(passphrase, file.subspan(kSaltAt, kSaltBytes), cost));
  Secret payload(payload_size);
  if (!xchacha20poly1305_open(key.view(), file.subspan(kNonceAt, kXChaChaNonceBytes),
                              file.first(kSealedHeaderBytes), file.subspan(kSealedHeaderBytes),
                              payload.writable())
           .ok()) {
    return Error{Code::kKeyFileSealed, {}};
  }
  return payload;
}

Result<Secret> open_plain(ByteView file, std::size_t payload_size) {
  const ByteView covered = file.first(kCommonBytes + payload_size);
  if (!proto::equal(tagged_hash(kChecksumThing, {covered}).view(), file.subspan(covered.size()))) {
    return Error{Code::kKeyFileDamaged, {}};
  }
  return Secret::copy_of(covered.subspan(kCommonBytes));
}

}  // namespace

Result<Bytes> seal_key_file(ByteView payload, ByteView passphrase, const KeyFileCost& cost, Random& random) {
  COMITY_CHECK(check_payload(payload.size()));
  COMITY_CHECK(check_cost(cost));
  if (passphrase.empty()) return Error{Code::kKeyFilePassphrase, "it is empty"};

  Bytes file(kSealedHeaderBytes + payload.size() + kAeadTagBytes);
  const std::span<std::byte> out(file);
  put_common(out, Derivation::kArgon2id, payload.size());
  put(out, kPassesAt, proto::to_be(cost.passes));
  put(out, kMemoryAt, proto::to_be(cost.memory_kib));
  random.fill(out.subspan(kSaltAt, kSaltBytes));
  random.fill(out.subspan(kNonceAt, kXChaChaNonceBytes));
  COMITY_TRY(const Key32 key, derive(passphrase, out.subspan(kSaltAt, kSaltBytes), cost));
  COMITY_CHECK(xchacha20poly1305_seal(key.view(), out.subspan(kNonceAt, kXChaChaNonceBytes),
                                      out.first(kSealedHeaderBytes), payload,
                                      out.subspan(kSealedHeaderBytes)));
  return file;
}

Result<Secret> plain_key_file(ByteView payload) {
  COMITY_CHECK(check_payload(payload.size()));
  Secret file(kCommonBytes + payload.size() + Sha256Digest::kSize);
  const std::span<std::byte> out = file.writable();
  put_common(out, Derivation::kNone, payload.size());
  put(out, kCommonBytes, payload);
  const std::size_t covered = kCommonBytes + payload.size();
  put(out, covered, tagged_hash(kChecksumThing, {file.view().first(covered)}).view());
  return file;
}

Result<bool> key_file_is_sealed(ByteView file) {
  COMITY_TRY(const Header header, read_header(file));
  return header.derivation == Derivation::kArgon2id;
}

Result<Secret> open_key_file(ByteView file, std::optional<ByteView> passphrase) {
  COMITY_TRY(const Header header, read_header(file));
  const bool sealed = header.derivation == Derivation::kArgon2id;
  if (sealed && !passphrase) return Error{Code::kKeyFilePassphrase, "the file needs one"};
  if (!sealed && passphrase) return Error{Code::kKeyFilePassphrase, "the file is not sealed under one"};
  return sealed ? open_sealed(file, header.payload_size, *passphrase) : open_plain(file, header.payload_size);
}

}  // namespace comity::crypto
