// SPDX-License-Identifier: EUPL-1.2
#include "crypto/password.h"

#include <string>

#include <doctest/doctest.h>

#include "proto/decode.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::Bytes;
using proto::Code;

// Argon2's own minimum: the tests are about the layout, not about the work.
constexpr PasswordCost kCheap{1, 8};

Bytes salt(char fill) {
  return Bytes(kPasswordSaltBytes, static_cast<std::byte>(fill));
}

Bytes hash_of(std::string_view password, char fill = 's') {
  auto hash = hash_password(as_bytes(password), salt(fill), kCheap);
  REQUIRE(hash.ok());
  return *std::move(hash);
}

bool fits(std::string_view password, const Bytes& stored) {
  return password_fits(as_bytes(password), stored).value();
}

}  // namespace

TEST_CASE("a password fits its own hash and no other does") {
  const Bytes hash = hash_of("correct horse battery");
  CHECK(hash.size() == kPasswordHashBytes);
  CHECK(fits("correct horse battery", hash));
  CHECK_FALSE(fits("correct horse batterz", hash));
  CHECK_FALSE(fits("", hash));
  CHECK_FALSE(fits(std::string("correct horse battery") + '\0', hash));
  CHECK(hash != hash_of("correct horse battery", 't'));
}

TEST_CASE("the hash is Argon2id 1.3 with one lane, as the reference program computes it") {
  // printf '%s' password | argon2 somesaltsomesalt -id -t 2 -m 6 -p 1 -l 32 -r.
  const auto hash = hash_password(as_bytes("password"), as_bytes("somesaltsomesalt"), {2, 64});
  REQUIRE(hash.ok());
  CHECK(proto::to_hex(proto::ByteView(*hash).subspan(25)) ==
        "1a98fba8e6394425c9bdc333a9c750aaf811df070f5fb4a5788e1cf4db5793a1");
}

TEST_CASE("a stored hash that asks for too much work, or is none, is refused before any memory is taken") {
  const Bytes good = hash_of("correct horse battery");
  const auto judged = [](const Bytes& stored) {
    return password_fits(as_bytes("correct horse battery"), stored).error().code;
  };
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, good.size() - 1, good.size() + 1}) {
    Bytes cut = good;
    cut.resize(size);
    CHECK(judged(cut) == Code::kKeyFileDamaged);
  }
  Bytes other = good;
  other[0] = std::byte{2};
  CHECK(judged(other) == Code::kKeyFileDamaged);
  other = good;
  other[1] = std::byte{0x7f};  // passes
  CHECK(judged(other) == Code::kKeyFileCost);
  other = good;
  other[5] = std::byte{0x7f};  // memory: 2 TiB
  CHECK(judged(other) == Code::kKeyFileCost);
  other = good;
  for (std::size_t i = 1; i < 5; ++i)
    other[i] = std::byte{0};
  CHECK(judged(other) == Code::kKeyFileCost);
  for (std::size_t i = 9; i < good.size(); ++i) {
    other = good;
    other[i] ^= std::byte{1};
    CHECK_FALSE(fits("correct horse battery", other));
  }
  CHECK(hash_password(as_bytes("x"), salt('s'), {9, 64}).error().code == Code::kKeyFileCost);
  CHECK(hash_password(as_bytes("x"), salt('s'), {1, 7}).error().code == Code::kKeyFileCost);
  CHECK_FALSE(hash_password(as_bytes("x"), as_bytes("short"), kCheap).ok());
}

TEST_CASE("a password has 12 to 256 characters, whatever their bytes, and is not the sign-in name") {
  const auto judge = [](const std::string& text, std::string_view handle = "maria") {
    return check_password(as_bytes(text), handle).ok();
  };
  CHECK(judge("twelve chars"));
  CHECK_FALSE(judge("eleven char"));
  CHECK(judge("åäöåäöåäöåäö"));
  CHECK_FALSE(judge("åäöåäöåäöåä"));
  CHECK(judge(std::string(256, 'a')));
  CHECK_FALSE(judge(std::string(257, 'a')));
  CHECK_FALSE(judge(""));
  CHECK_FALSE(judge("maria.van.der.berg", "maria.van.der.berg"));
  CHECK_FALSE(judge("Maria.Van.der.Berg", "maria.van.der.berg"));
  CHECK(judge("maria.van.der.bergs", "maria.van.der.berg"));
  CHECK_FALSE(judge("twelve\tcharacters"));
  CHECK_FALSE(judge("twelve\xff characters"));
  CHECK_FALSE(judge(std::string("twelve\0 characters", 18)));
}

}  // namespace comity::crypto
