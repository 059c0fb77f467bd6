// SPDX-License-Identifier: EUPL-1.2
#include "crypto/ed25519.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "crypto/random.h"
#include "test/unit/crypto/counting_random.h"
#include "test/unit/crypto/hostile.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::Bytes;
using proto::ByteView;

// Every encoding of the eight points of small order, and what stands for them in non-canonical form.
constexpr std::string_view kSmallOrder[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

// S plus the order of the group verifies in sloppy implementations: one message, two signatures.
Ed25519Signature with_order_added(const Ed25519Signature& signature) {
  const Bytes order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Ed25519Signature other = signature;
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::byte& b = other.writable()[32 + i];
    carry += std::to_integer<unsigned>(b) + std::to_integer<unsigned>(order[i]);
    b = static_cast<std::byte>(carry & 0xffU);
    carry >>= 8U;
  }
  return other;
}

}  // namespace

TEST_CASE("a pair comes back from its seed and signs the same") {
  CountingRandom random;
  const Ed25519KeyPair pair = Ed25519KeyPair::generate(random);
  CHECK(proto::to_hex(pair.seed().view()).starts_with("000102030405"));
  const Ed25519KeyPair again = Ed25519KeyPair::from_seed(pair.seed().view()).value();
  CHECK(again.public_key() == pair.public_key());
  CHECK(again.sign(as_bytes("text")) == pair.sign(as_bytes("text")));
  CHECK(ed25519_verify(pair.public_key(), as_bytes("text"), again.sign(as_bytes("text"))));
  CHECK(ed25519_verify(pair.public_key(), ByteView(), pair.sign(ByteView())));
}

TEST_CASE("a seed of any other length is refused") {
  for (std::size_t size = 0; size <= 96; ++size) {
    if (size == 32) continue;
    CHECK(Ed25519KeyPair::from_seed(Bytes(size)).error().code == proto::Code::kWrongSize);
  }
}

TEST_CASE("a pair that was moved away signs nothing") {
  CountingRandom random;
  Ed25519KeyPair pair = Ed25519KeyPair::generate(random);
  const Ed25519KeyPair taken = std::move(pair);
  CHECK_THROWS_AS((void)pair.sign(as_bytes("text")), std::logic_error);  // NOLINT(bugprone-use-after-move)
  CHECK(ed25519_verify(taken.public_key(), as_bytes("text"), taken.sign(as_bytes("text"))));
}

TEST_CASE("any single flipped bit of key, message or signature is refused") {
  CountingRandom random;
  const Ed25519KeyPair pair = Ed25519KeyPair::generate(random);
  const Bytes message = proto::to_bytes("agreed");
  const Ed25519Signature signature = pair.sign(message);
  for_each_bit_flip(
      message, [&](ByteView damaged) { CHECK_FALSE(ed25519_verify(pair.public_key(), damaged, signature)); });
  for_each_bit_flip(signature.view(), [&](ByteView damaged) {
    CHECK_FALSE(ed25519_verify(pair.public_key(), message, Ed25519Signature::from(damaged).value()));
  });
  for_each_bit_flip(pair.public_key().view(), [&](ByteView damaged) {
    CHECK_FALSE(ed25519_verify(Ed25519PublicKey::from(damaged).value(), message, signature));
  });
}

TEST_CASE("a signature has one form only") {
  CountingRandom random;
  const Ed25519KeyPair pair = Ed25519KeyPair::generate(random);
  const Ed25519Signature signature = pair.sign(as_bytes("agreed"));
  REQUIRE(ed25519_verify(pair.public_key(), as_bytes("agreed"), signature));
  CHECK_FALSE(ed25519_verify(pair.public_key(), as_bytes("agreed"), with_order_added(signature)));
}

TEST_CASE("keys and commitments of small order verify nothing") {
  CountingRandom random;
  const Ed25519KeyPair pair = Ed25519KeyPair::generate(random);
  for (std::string_view key_hex : kSmallOrder) {
    const auto key = Ed25519PublicKey::from(hex(key_hex)).value();
    for (std::string_view r_hex : kSmallOrder) {
      Bytes bytes = hex(r_hex);
      bytes.resize(64);  // S = 0
      const auto signature = Ed25519Signature::from(bytes).value();
      // With such a key about one message in eight would pass a verifier that does not look.
      for (std::string_view message : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}) {
        CHECK_FALSE(ed25519_verify(key, as_bytes(message), signature));
      }
      CHECK_FALSE(ed25519_verify(pair.public_key(), as_bytes("a"), signature));
    }
  }
}

}  // namespace comity::crypto
