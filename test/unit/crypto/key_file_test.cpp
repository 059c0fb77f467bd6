// SPDX-License-Identifier: EUPL-1.2
#include "crypto/key_file.h"

#include <set>

#include <doctest/doctest.h>
#include <sodium.h>

#include "crypto/aead.h"
#include "crypto/sha256.h"
#include "proto/bounds.h"
#include "test/unit/crypto/counting_random.h"
#include "test/unit/crypto/hostile.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::as_text;
using proto::Bytes;
using proto::ByteView;
using proto::Code;

constexpr KeyFileCost kLeast{1, 8};
constexpr std::string_view kPayload = "keys of a node";
constexpr std::string_view kPassphrase = "correct horse";

Bytes sealed_file() {
  CountingRandom random;
  return seal_key_file(as_bytes(kPayload), as_bytes(kPassphrase), kLeast, random).value();
}

Bytes plain_file() {
  return proto::to_bytes(plain_key_file(as_bytes(kPayload)).value().view());
}

Code code_of(ByteView file, std::optional<ByteView> passphrase) {
  const auto opened = open_key_file(file, passphrase);
  REQUIRE_FALSE(opened.ok());
  return opened.error().code;
}

void put(Bytes& file, std::size_t at, ByteView bytes) {
  std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

TEST_CASE("both kinds open again and say which kind they are") {
  const Bytes sealed = sealed_file();
  CHECK(key_file_is_sealed(sealed).value());
  CHECK(as_text(open_key_file(sealed, as_bytes(kPassphrase)).value().view()) == kPayload);
  const Bytes plain = plain_file();
  CHECK_FALSE(key_file_is_sealed(plain).value());
  CHECK(as_text(open_key_file(plain, std::nullopt).value().view()) == kPayload);
  CHECK(as_text(sealed).find(kPayload) == std::string_view::npos);
}

TEST_CASE("payloads from nothing to the most go there and back, none beyond") {
  CountingRandom random;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, proto::bounds::kKeyFilePayload}) {
    const Bytes payload(size, std::byte{7});
    const Bytes sealed = seal_key_file(payload, as_bytes("p"), kLeast, random).value();
    CHECK(proto::equal(open_key_file(sealed, as_bytes("p")).value().view(), payload));
    const Secret plain = plain_key_file(payload).value();
    CHECK(proto::equal(open_key_file(plain.view(), std::nullopt).value().view(), payload));
  }
  const Bytes payload(proto::bounds::kKeyFilePayload + 1);
  CHECK(seal_key_file(payload, as_bytes("p"), kLeast, random).error().code == Code::kKeyFileSize);
  CHECK(plain_key_file(payload).error().code == Code::kKeyFileSize);
}

TEST_CASE("the layout is the documented one: a second reader made from libsodium alone opens it") {
  const Bytes file = sealed_file();
  CHECK(as_text(ByteView(file).first(16)) == "comity key file\n");
  CHECK(proto::to_hex(ByteView(file).subspan(16, 54)) ==
        "0101"
        "0000000e"
        "0000000100000008"
        "000102030405060708090a0b0c0d0e0f"
        "101112131415161718191a1b1c1d1e1f2021222324252627");
  REQUIRE(file.size() == 70 + kPayload.size() + 16);
  Key32 key;
  REQUIRE(crypto_pwhash(proto::as_uchar(key.writable()), 32, kPassphrase.data(), kPassphrase.size(),
                        proto::as_uchar(ByteView(file).subspan(30)), 1, 8192,
                        crypto_pwhash_ALG_ARGON2ID13) == 0);
  Bytes payload(kPayload.size());
  REQUIRE(xchacha20poly1305_open(key.view(), ByteView(file).subspan(46, 24), ByteView(file).first(70),
                                 ByteView(file).subspan(70), payload)
              .ok());
  CHECK(as_text(payload) == kPayload);

  const Bytes plain = plain_file();
  REQUIRE(plain.size() == 22 + kPayload.size() + 32);
  CHECK(proto::to_hex(ByteView(plain).subspan(16, 6)) == "01000000000e");
  CHECK(as_text(ByteView(plain).subspan(22, kPayload.size())) == kPayload);
  CHECK(proto::equal(ByteView(plain).last(32),
                     tagged_hash("key-file", {ByteView(plain).first(22 + kPayload.size())}).view()));
}

TEST_CASE("salt and nonce are new for each file") {
  CountingRandom random;
  const Bytes first = seal_key_file(as_bytes(kPayload), as_bytes("p"), kLeast, random).value();
  const Bytes second = seal_key_file(as_bytes(kPayload), as_bytes("p"), kLeast, random).value();
  CHECK_FALSE(proto::equal(ByteView(first).subspan(30, 16), ByteView(second).subspan(30, 16)));
  CHECK_FALSE(proto::equal(ByteView(first).subspan(46, 24), ByteView(second).subspan(46, 24)));
}

TEST_CASE("the passphrase must be there, be the right one, and not be given in vain") {
  const Bytes sealed = sealed_file();
  CHECK(code_of(sealed, as_bytes("correct horsf")) == Code::kKeyFileSealed);
  CHECK(code_of(sealed, as_bytes("")) == Code::kKeyFileSealed);
  CHECK(code_of(sealed, std::nullopt) == Code::kKeyFilePassphrase);
  CHECK(code_of(plain_file(), as_bytes(kPassphrase)) == Code::kKeyFilePassphrase);
  CountingRandom random;
  CHECK(seal_key_file(as_bytes(kPayload), {}, kLeast, random).error().code == Code::kKeyFilePassphrase);
}

TEST_CASE("no flipped bit of a sealed file goes unseen") {
  std::set<Code> seen;
  std::size_t bit = 0;
  for_each_bit_flip(sealed_file(), [&](ByteView damaged) {
    const std::size_t byte = bit++ / 8;
    // Bits of the memory field that stay within the bounds, but ask for 16 MiB and more, would only slow the
    // test down: their smaller neighbours fail in the same way.
    const std::uint32_t memory_kib = proto::from_be<std::uint32_t>(damaged.subspan(26));
    if (memory_kib > 8 * 1024 && memory_kib <= proto::bounds::kKeyFileMemoryKib) return;
    const Code code = code_of(damaged, as_bytes(kPassphrase));
    seen.insert(code);
    if (byte < 16) {
      CHECK(code == Code::kKeyFileMagic);
    } else if (byte == 16) {
      CHECK(code == Code::kKeyFileVersion);
    } else if (byte >= 30) {
      CHECK(code == Code::kKeyFileSealed);
    }
  });
  // Flipping the lowest bit of the derivation turns the file into a plain one of the wrong length.
  CHECK(seen == std::set<Code>{Code::kKeyFileMagic, Code::kKeyFileVersion, Code::kKeyFileDerivation,
                               Code::kKeyFileSize, Code::kKeyFileCost, Code::kKeyFileSealed});
}

TEST_CASE("no flipped bit of a plain file goes unseen") {
  std::set<Code> seen;
  for_each_bit_flip(plain_file(), [&](ByteView damaged) { seen.insert(code_of(damaged, std::nullopt)); });
  CHECK(seen == std::set<Code>{Code::kKeyFileMagic, Code::kKeyFileVersion, Code::kKeyFileDerivation,
                               Code::kKeyFileSize, Code::kKeyFileDamaged});
}

TEST_CASE("every truncation and every added byte is refused for its length") {
  for (Bytes file : {sealed_file(), plain_file()}) {
    const std::optional<ByteView> passphrase =
        key_file_is_sealed(file).value() ? std::optional(as_bytes(kPassphrase)) : std::nullopt;
    for_each_truncation(file, [&](ByteView start) {
      CHECK(code_of(start, passphrase) == (start.size() < 16 ? Code::kKeyFileMagic : Code::kKeyFileSize));
      CHECK_FALSE(key_file_is_sealed(start).ok());
    });
    file.push_back(std::byte{0});
    CHECK(code_of(file, passphrase) == Code::kKeyFileSize);
  }
}

TEST_CASE("a newer version and an unknown derivation are refused by name, whatever follows") {
  Bytes file = sealed_file();
  file[16] = std::byte{2};
  file.resize(30);
  CHECK(open_key_file(file, as_bytes(kPassphrase)).error() ==
        proto::Error{Code::kKeyFileVersion, "version 2, this program reads 1"});
  file[16] = std::byte{1};
  file[17] = std::byte{2};
  CHECK(open_key_file(file, as_bytes(kPassphrase)).error() ==
        proto::Error{Code::kKeyFileDerivation, "number 2"});
}

TEST_CASE("a cost outside the bounds is refused before any memory is taken, in files and when sealing") {
  using proto::bounds::kKeyFileLeastMemoryKib;
  using proto::bounds::kKeyFileMemoryKib;
  using proto::bounds::kKeyFilePasses;
  CountingRandom random;
  for (const KeyFileCost& cost :
       {KeyFileCost{0, 8}, KeyFileCost{kKeyFilePasses + 1, 8}, KeyFileCost{~0U, 8},
        KeyFileCost{1, kKeyFileLeastMemoryKib - 1}, KeyFileCost{1, kKeyFileMemoryKib + 1}, KeyFileCost{1, 0},
        KeyFileCost{1, ~0U}}) {
    Bytes file = sealed_file();
    put(file, 22, proto::to_be(cost.passes));
    put(file, 26, proto::to_be(cost.memory_kib));
    CHECK(code_of(file, as_bytes(kPassphrase)) == Code::kKeyFileCost);
    CHECK(seal_key_file(as_bytes(kPayload), as_bytes("p"), cost, random).error().code == Code::kKeyFileCost);
  }
  Bytes file = sealed_file();
  put(file, 18, proto::to_be(~std::uint32_t{0}));
  CHECK(code_of(file, as_bytes(kPassphrase)) == Code::kKeyFileSize);
}

}  // namespace comity::crypto
