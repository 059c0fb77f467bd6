// SPDX-License-Identifier: EUPL-1.2
#include "crypto/x25519.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "test/unit/crypto/counting_random.h"
#include "test/unit/crypto/hostile.h"

namespace comity::crypto {
namespace {

using proto::Bytes;

// The points whose order divides 8, on the curve and on its twist, in canonical and other forms.
constexpr std::string_view kLowOrder[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

}  // namespace

TEST_CASE("both sides reach the same secret, and a clone is the same key") {
  CountingRandom random;
  const X25519KeyPair a = X25519KeyPair::generate(random);
  const X25519KeyPair b = X25519KeyPair::generate(random);
  CHECK(a.public_key() != b.public_key());
  const Key32 ab = a.shared_secret(b.public_key()).value();
  const Key32 ba = b.clone().shared_secret(a.public_key()).value();
  CHECK(equal_ct(ab.view(), ba.view()));
  CHECK(X25519KeyPair::from_private(a.private_key()).value().public_key() == a.public_key());
}

TEST_CASE("a private key of any other length is refused") {
  for (std::size_t size = 0; size <= 96; ++size) {
    if (size == 32) continue;
    CHECK(X25519KeyPair::from_private(Bytes(size)).error().code == proto::Code::kWrongSize);
  }
}

TEST_CASE("every point of low order is refused, with and without the unused top bit") {
  CountingRandom random;
  const X25519KeyPair pair = X25519KeyPair::generate(random);
  for (std::string_view point : kLowOrder) {
    for (const unsigned top : {0U, 0x80U}) {
      auto key = X25519PublicKey::from(hex(point)).value();
      key.writable()[31] |= static_cast<std::byte>(top);
      const auto shared = pair.shared_secret(key);
      REQUIRE_FALSE(shared.ok());
      CHECK(shared.error().code == proto::Code::kLowOrderPoint);
    }
  }
}

TEST_CASE("an ephemeral pair is a pair like any other, and dead after a move") {
  CountingRandom random;
  CountingRandom same;
  X25519KeyPair brief = X25519KeyPair::ephemeral(random);
  const X25519KeyPair lasting = X25519KeyPair::generate(same);
  CHECK(brief.public_key() == lasting.public_key());
  CHECK(equal_ct(brief.private_key(), lasting.private_key()));
  const X25519KeyPair taken = std::move(brief);
  CHECK_THROWS_AS((void)brief.private_key(), std::logic_error);  // NOLINT
  CHECK(equal_ct(taken.private_key(), lasting.private_key()));
}

TEST_CASE("the private half is gone from a pair that was moved away") {
  CountingRandom random;
  X25519KeyPair pair = X25519KeyPair::generate(random);
  const X25519KeyPair taken = std::move(pair);
  CHECK_THROWS_AS((void)pair.private_key(), std::logic_error);                      // NOLINT
  CHECK_THROWS_AS((void)pair.shared_secret(taken.public_key()), std::logic_error);  // NOLINT
  CHECK_THROWS_AS((void)pair.clone(), std::logic_error);                            // NOLINT
  CHECK_FALSE(std::ranges::all_of(taken.private_key(), [](std::byte b) { return b == std::byte{0}; }));
}

}  // namespace comity::crypto
