// SPDX-License-Identifier: EUPL-1.2
#include "proto/utf8.h"

#include <doctest/doctest.h>

namespace comity::proto {
namespace {

/// The form that RFC 3629 gives a code point, surrogates and numbers that are too large included.
Bytes form_of(std::uint32_t point) {
  const auto byte = [](std::uint32_t value) { return static_cast<std::byte>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6U), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000) {
    return {byte(0xe0 | point >> 12U), byte(0x80 | (point >> 6U & 0x3f)), byte(0x80 | (point & 0x3f))};
  }
  return {byte(0xf0 | point >> 18U), byte(0x80 | (point >> 12U & 0x3f)), byte(0x80 | (point >> 6U & 0x3f)),
          byte(0x80 | (point & 0x3f))};
}

/// How many of all byte strings of this length are well-formed.
std::uint64_t well_formed(std::size_t length) {
  std::uint64_t found = 0;
  Bytes bytes(length);
  for (std::uint64_t n = 0; n < (std::uint64_t{1} << (8 * length)); ++n) {
    for (std::size_t i = 0; i < length; ++i)
      bytes[i] = static_cast<std::byte>(n >> (8 * i));
    found += is_utf8(bytes) ? 1 : 0;
  }
  return found;
}

}  // namespace

TEST_CASE("every code point but the surrogates is well-formed, and nothing above") {
  for (std::uint32_t point = 0; point < 0x1fffff; ++point) {
    const bool expected = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    if (is_utf8(form_of(point)) != expected) FAIL_CHECK("code point " << point);
  }
}

TEST_CASE("there are exactly as many well-formed strings of 1, 2 and 3 bytes as code points allow") {
  constexpr std::uint64_t kOne = 0x80;
  constexpr std::uint64_t kTwo = 0x800 - 0x80;
  constexpr std::uint64_t kThree = 0x10000 - 0x800 - 0x800;  // without the surrogates
  CHECK(well_formed(1) == kOne);
  CHECK(well_formed(2) == kOne * kOne + kTwo);
  CHECK(well_formed(3) == kOne * kOne * kOne + 2 * kOne * kTwo + kThree);
}

TEST_CASE("a bad byte is found at every place of a long text") {
  for (std::size_t length = 1; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      Bytes bytes(length, std::byte{'a'});
      REQUIRE(is_utf8(bytes));
      bytes[at] = std::byte{0xff};
      CHECK_FALSE(is_utf8(bytes));
      bytes[at] = std::byte{0xc3};  // wants one more byte, and 'a' is none
      CHECK_FALSE(is_utf8(bytes));
    }
  }
  CHECK(is_utf8(as_bytes("")));
  CHECK(is_utf8(as_bytes("Grüße, 部門, 🙂")));
}

TEST_CASE("a plain line holds neither controls nor line ends nor what turns the direction of writing") {
  CHECK(is_plain_line({}));
  CHECK(is_plain_line(as_bytes("Grüße, 部門, 🙂 وزارة")));
  CHECK_FALSE(is_plain_line(Bytes{std::byte{0xff}}));
  // Wherever it stands: long stretches are judged by eights.
  for (std::size_t place = 0; place < 20; ++place) {
    for (unsigned value = 0; value < 256; ++value) {
      std::string text(20, 'a');
      text[place] = static_cast<char>(value);
      const bool printable = value >= 0x20 && value < 0x7f;
      if (is_plain_line(as_bytes(text)) != printable) FAIL_CHECK(place << ": " << value);
    }
  }
  CHECK_FALSE(is_plain_line(Bytes{std::byte{0xc3}}));
  std::vector<std::uint32_t> refused;
  for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
    const Bytes form = form_of(point);
    if (is_utf8(form) && !is_plain_line(form)) refused.push_back(point);
  }
  std::vector<std::uint32_t> expected;
  const auto add = [&](std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t point = first; point <= last; ++point)
      expected.push_back(point);
  };
  add(0x00, 0x1f);
  add(0x7f, 0x9f);
  add(0x200e, 0x200f);
  add(0x2028, 0x202e);
  add(0x2066, 0x2069);
  CHECK(refused == expected);
}

}  // namespace comity::proto
