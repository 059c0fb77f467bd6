// SPDX-License-Identifier: EUPL-1.2
#include "proto/bytes.h"

#include <doctest/doctest.h>

namespace comity::proto {

TEST_CASE("hexadecimal round-trips every byte and refuses what is not hexadecimal") {
  Bytes all;
  for (int i = 0; i < 256; ++i)
    all.push_back(static_cast<std::byte>(i));
  const Result<Bytes> back = from_hex(to_hex(all));
  REQUIRE(back.ok());
  CHECK(*back == all);
  CHECK(from_hex("AbCd").value() == Bytes{std::byte{0xab}, std::byte{0xcd}});
  CHECK(from_hex("abc").error().code == Code::kBadHex);
  CHECK(from_hex("0g").error().code == Code::kBadHex);
  CHECK(from_hex(std::string_view("\0\0", 2)).error().code == Code::kBadHex);
  CHECK(from_hex("").value().empty());
}

TEST_CASE("spans of every kind give their pointer to C libraries") {
  std::array<std::byte, 4> place{};
  const std::span<std::byte, 4> fixed(place);
  const std::span<const std::byte, 4> fixed_const(place);
  static_assert(std::is_same_v<decltype(as_uchar(fixed)), unsigned char*>);
  static_assert(std::is_same_v<decltype(as_uchar(fixed_const)), const unsigned char*>);
  as_uchar(fixed)[2] = 7;
  CHECK(as_uchar(fixed_const)[2] == 7);
  as_uchar(std::span<std::byte>(place))[3] = 9;
  CHECK(as_uchar(ByteView(place))[3] == 9);
}

TEST_CASE("big-endian integers round-trip at their edges") {
  CHECK(to_hex(to_be(std::uint16_t{0x0102})) == "0102");
  CHECK(to_hex(to_be(std::uint64_t{1})) == "0000000000000001");
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{0xff}, ~std::uint64_t{0}}) {
    CHECK(from_be<std::uint64_t>(to_be(value)) == value);
  }
}

TEST_CASE("concat keeps order and allows empty parts") {
  CHECK(as_text(concat({as_bytes("ab"), ByteView(), as_bytes("c")})) == "abc");
  CHECK(concat({}).empty());
  CHECK(equal(ByteView(), ByteView()));
  CHECK_FALSE(equal(as_bytes("a"), as_bytes("b")));
}

}  // namespace comity::proto
