// SPDX-License-Identifier: EUPL-1.2
#include "crypto/hkdf.h"

#include <doctest/doctest.h>
#include <sodium.h>

#include "test/unit/crypto/counting_random.h"
#include "test/unit/crypto/hostile.h"

namespace comity::crypto {
namespace {

using proto::as_bytes;
using proto::Bytes;

Bytes counted(std::size_t size) {
  CountingRandom random;
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

// The oracle: another implementation of the same function.
Bytes by_libsodium(ByteView key, ByteView message) {
  Bytes out(crypto_auth_hmacsha256_BYTES);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, proto::as_uchar(key), key.size());
  crypto_auth_hmacsha256_update(&state, proto::as_uchar(message), message.size());
  crypto_auth_hmacsha256_final(&state, proto::as_uchar(std::span<std::byte>(out)));
  return out;
}

Bytes expand(ByteView key, std::initializer_list<ByteView> info, std::size_t size) {
  Bytes out(size);
  REQUIRE(hkdf_expand(key, info, out).ok());
  return out;
}

}  // namespace

TEST_CASE("keys of every length around the block agree with libsodium") {
  const Bytes bytes = counted(200);
  for (std::size_t size = 0; size <= 140; ++size) {
    const ByteView key = ByteView(bytes).first(size);
    const ByteView message = ByteView(bytes).subspan(size);
    Key32 out;
    hmac_sha256(key, {message}, out.writable());
    CHECK(proto::equal(out.view(), by_libsodium(key, message)));
    hmac_sha256(key, {message.first(7), ByteView(), message.subspan(7)}, out.writable());
    CHECK(proto::equal(out.view(), by_libsodium(key, message)));
  }
}

TEST_CASE("a tag is refused after any flipped bit and at any other length") {
  const Bytes key = counted(32);
  const Bytes tag = by_libsodium(key, as_bytes("message"));
  CHECK(hmac_sha256_verify(key, as_bytes("message"), tag));
  CHECK_FALSE(hmac_sha256_verify(key, as_bytes("massage"), tag));
  for_each_bit_flip(
      tag, [&](ByteView damaged) { CHECK_FALSE(hmac_sha256_verify(key, as_bytes("message"), damaged)); });
  for_each_truncation(
      tag, [&](ByteView start) { CHECK_FALSE(hmac_sha256_verify(key, as_bytes("message"), start)); });
  Bytes longer = tag;
  longer.push_back(std::byte{0});
  CHECK_FALSE(hmac_sha256_verify(key, as_bytes("message"), longer));
}

TEST_CASE("a shorter expansion is the beginning of a longer one, up to the most there is") {
  const Bytes key = counted(32);
  const Bytes most = expand(key, {as_bytes("info")}, 255 * 32);
  for (const std::size_t size : {0, 1, 31, 32, 33, 64, 65, 8159}) {
    CHECK(proto::equal(expand(key, {as_bytes("in"), as_bytes("fo")}, size), ByteView(most).first(size)));
  }
  CHECK(proto::equal(hkdf_expand_key(key, {as_bytes("info")}).view(), ByteView(most).first(32)));
  CHECK(proto::equal(ByteView(most).last(32), by_libsodium(key, proto::concat({
                                                                    ByteView(most).subspan(253 * 32, 32),
                                                                    as_bytes("info"),
                                                                    as_bytes("\xff"),
                                                                }))));
  Bytes too_much(255 * 32 + 1);
  CHECK(hkdf_expand(key, {}, too_much).error().code == proto::Code::kKeyTooLong);
}

TEST_CASE("extraction without salt takes a salt of zeros") {
  const Bytes secret = counted(40);
  const Bytes zeros(32);
  CHECK(equal_ct(hkdf_extract({}, {secret}).view(), hkdf_extract(zeros, {secret}).view()));
  CHECK(equal_ct(hkdf_extract(zeros, {ByteView(secret).first(9), ByteView(secret).subspan(9)}).view(),
                 by_libsodium(zeros, secret)));
}

}  // namespace comity::crypto
