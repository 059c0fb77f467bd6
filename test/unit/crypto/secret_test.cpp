// SPDX-License-Identifier: EUPL-1.2
#include "crypto/secret.h"

#include <algorithm>
#include <new>

#include <doctest/doctest.h>

#include "crypto/random.h"
#include "test/unit/crypto/counting_random.h"
#include "test/unit/crypto/hostile.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::as_text;
using proto::Bytes;
using proto::ByteView;

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

TEST_CASE("a secret starts as zeros, and an empty one needs no memory") {
  CHECK(all_zero(Secret(100).view()));
  CHECK(Secret(100).size() == 100);
  CHECK(Secret().empty());
  CHECK(Secret(0).empty());
  CHECK(Secret::copy_of({}).clone().empty());
}

TEST_CASE("moving a secret empties the source, assigning drops the old one") {
  Secret a = Secret::copy_of(as_bytes("first"));
  Secret b = std::move(a);
  CHECK(a.empty());  // NOLINT(bugprone-use-after-move)
  CHECK(as_text(b.view()) == "first");
  Secret c = Secret::copy_of(as_bytes("second"));
  c = std::move(b);
  CHECK(b.empty());  // NOLINT(bugprone-use-after-move)
  CHECK(as_text(c.view()) == "first");
  Secret& same = c;
  c = std::move(same);
  CHECK(as_text(c.view()) == "first");
}

TEST_CASE("a clone is apart from its original") {
  Secret original = Secret::copy_of(as_bytes("same"));
  const Secret clone = original.clone();
  wipe(original.writable());
  CHECK(as_text(clone.view()) == "same");
  CHECK(all_zero(original.view()));
}

TEST_CASE("randomness is the injected one") {
  CountingRandom random;
  CHECK(proto::to_hex(Secret::random(4, random).view()) == "00010203");
  CHECK(random.next<proto::UserId>().hex() == "0405060708090a0b0c0d0e0f10111213");
}

TEST_CASE("the system's randomness fills all it is given, each time anew") {
  SystemRandom random;
  CHECK(random.next<proto::AgencyId>() != random.next<proto::AgencyId>());
  // A byte that stays zero in 64 independent fillings was never written.
  Bytes seen(33);
  for (int i = 0; i < 64; ++i) {
    Bytes bytes(33);
    random.fill(bytes);
    std::ranges::transform(seen, bytes, seen.begin(), [](std::byte a, std::byte b) { return a | b; });
  }
  CHECK(std::ranges::none_of(seen, [](std::byte b) { return b == std::byte{0}; }));
  random.fill({});
}

TEST_CASE("a secret array is wiped on move and on destruction") {
  SecretArray<8> a;
  std::ranges::copy(as_bytes("12345678"), a.writable().begin());
  SecretArray<8> b = std::move(a);
  CHECK(all_zero(a.view()));  // NOLINT(bugprone-use-after-move)
  CHECK(as_text(b.view()) == "12345678");
  SecretArray<8> c;
  c = std::move(b);
  CHECK(all_zero(b.view()));  // NOLINT(bugprone-use-after-move)
  CHECK(as_text(c.clone().view()) == "12345678");
  SecretArray<8>& same = c;
  c = std::move(same);
  CHECK(as_text(c.view()) == "12345678");

  alignas(SecretArray<8>) std::array<std::byte, sizeof(SecretArray<8>)> memory{};
  auto* inside = new (memory.data()) SecretArray<8>(c.clone());
  CHECK(as_text(memory) == "12345678");
  inside->~SecretArray();
  CHECK(all_zero(memory));
}

TEST_CASE("comparison in constant time sees every bit and the length") {
  const Bytes bytes = proto::to_bytes("tag");
  CHECK(equal_ct(bytes, as_bytes("tag")));
  CHECK(equal_ct({}, {}));
  CHECK_FALSE(equal_ct(bytes, as_bytes("ta")));
  CHECK_FALSE(equal_ct(bytes, {}));
  for_each_bit_flip(bytes, [&](ByteView damaged) { CHECK_FALSE(equal_ct(bytes, damaged)); });
}

}  // namespace comity::crypto
