// SPDX-License-Identifier: EUPL-1.2
#include "crypto/aead.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "test/unit/crypto/counting_random.h"
#include "test/unit/crypto/hostile.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::Bytes;
using proto::ByteView;
using proto::Code;

struct Cipher {
  decltype(&chacha20poly1305_seal) seal;
  decltype(&chacha20poly1305_open) open;
  std::size_t nonce_bytes;
};

constexpr Cipher kCiphers[] = {{chacha20poly1305_seal, chacha20poly1305_open, kChaChaNonceBytes},
                               {xchacha20poly1305_seal, xchacha20poly1305_open, kXChaChaNonceBytes}};

// One sealed message with everything that is needed to open it.
struct Sealed {
  explicit Sealed(const Cipher& with, std::string_view text)
      : cipher(with), plaintext(proto::to_bytes(text)) {
    CountingRandom random;
    random.fill(key.writable());
    nonce.resize(with.nonce_bytes);
    random.fill(nonce);
    ciphertext.resize(plaintext.size() + kAeadTagBytes);
    REQUIRE(with.seal(key.view(), nonce, as_bytes("header"), plaintext, ciphertext).ok());
  }

  [[nodiscard]] proto::Status open(ByteView with_nonce, ByteView ad, ByteView bytes, Bytes& out) const {
    out.assign(bytes.size() < kAeadTagBytes ? 0 : bytes.size() - kAeadTagBytes, std::byte{0xaa});
    return cipher.open(key.view(), with_nonce, ad, bytes, out);
  }

  const Cipher& cipher;
  Bytes plaintext;
  Key32 key;
  Bytes nonce;
  Bytes ciphertext;
};

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

TEST_CASE("what was sealed opens, in place as well, and an empty message has its tag") {
  for (const Cipher& cipher : kCiphers) {
    for (std::string_view text :
         {"", "a", "sixty-four bytes and one more, so that the last block is short..."}) {
      const Sealed sealed(cipher, text);
      Bytes out;
      REQUIRE(sealed.open(sealed.nonce, as_bytes("header"), sealed.ciphertext, out).ok());
      CHECK(out == sealed.plaintext);

      Bytes buffer = sealed.plaintext;
      buffer.resize(buffer.size() + kAeadTagBytes);
      const ByteView plain = ByteView(buffer).first(text.size());
      REQUIRE(cipher.seal(sealed.key.view(), sealed.nonce, as_bytes("header"), plain, buffer).ok());
      CHECK(buffer == sealed.ciphertext);
      const std::span<std::byte> opened = std::span(buffer).first(text.size());
      REQUIRE(cipher.open(sealed.key.view(), sealed.nonce, as_bytes("header"), buffer, opened).ok());
      CHECK(proto::as_text(opened) == text);
    }
  }
}

TEST_CASE("any single flipped bit is refused and leaves no plaintext behind") {
  for (const Cipher& cipher : kCiphers) {
    const Sealed sealed(cipher, "the text nobody may see");
    Bytes out;
    const auto refused = [&](const proto::Status& status) {
      return !status.ok() && status.error().code == Code::kAuthentication && all_zero(out);
    };
    for_each_bit_flip(sealed.ciphertext, [&](ByteView damaged) {
      CHECK(refused(sealed.open(sealed.nonce, as_bytes("header"), damaged, out)));
    });
    for_each_bit_flip(sealed.nonce, [&](ByteView damaged) {
      CHECK(refused(sealed.open(damaged, as_bytes("header"), sealed.ciphertext, out)));
    });
    for_each_bit_flip(as_bytes("header"), [&](ByteView damaged) {
      CHECK(refused(sealed.open(sealed.nonce, damaged, sealed.ciphertext, out)));
    });
    for_each_bit_flip(sealed.key.view(), [&](ByteView damaged) {
      out.assign(sealed.plaintext.size(), std::byte{0xaa});
      CHECK(refused(
          cipher.open(damaged.first<32>(), sealed.nonce, as_bytes("header"), sealed.ciphertext, out)));
    });
  }
}

TEST_CASE("every truncation is refused: by size while no tag fits, then by the tag") {
  for (const Cipher& cipher : kCiphers) {
    const Sealed sealed(cipher, "the text nobody may see");
    Bytes out;
    for_each_truncation(sealed.ciphertext, [&](ByteView start) {
      const auto status = sealed.open(sealed.nonce, as_bytes("header"), start, out);
      REQUIRE_FALSE(status.ok());
      CHECK(status.error().code == (start.size() < kAeadTagBytes ? Code::kWrongSize : Code::kAuthentication));
    });
    Bytes longer = sealed.ciphertext;
    longer.push_back(std::byte{0});
    CHECK(sealed.open(sealed.nonce, as_bytes("header"), longer, out).error().code == Code::kAuthentication);
  }
}

TEST_CASE("nonces and buffers of another size are refused") {
  for (const Cipher& cipher : kCiphers) {
    const Sealed sealed(cipher, "text");
    Bytes out;
    for (std::size_t size = 0; size <= 32; ++size) {
      if (size == cipher.nonce_bytes) continue;
      const Bytes nonce(size);
      CHECK(sealed.open(nonce, as_bytes("header"), sealed.ciphertext, out).error().code == Code::kWrongSize);
      Bytes sealed_again(sealed.ciphertext.size());
      CHECK(cipher.seal(sealed.key.view(), nonce, {}, sealed.plaintext, sealed_again).error().code ==
            Code::kWrongSize);
    }
    for (std::size_t size = 0; size < 2 * sealed.ciphertext.size(); ++size) {
      Bytes buffer(size);
      if (size != sealed.ciphertext.size()) {
        CHECK(cipher.seal(sealed.key.view(), sealed.nonce, {}, sealed.plaintext, buffer).error().code ==
              Code::kWrongSize);
      }
      if (size != sealed.plaintext.size()) {
        CHECK(cipher.open(sealed.key.view(), sealed.nonce, {}, sealed.ciphertext, buffer).error().code ==
              Code::kWrongSize);
      }
    }
  }
}

}  // namespace comity::crypto
