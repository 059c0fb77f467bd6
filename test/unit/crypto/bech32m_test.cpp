// SPDX-License-Identifier: EUPL-1.2
#include "crypto/bech32m.h"

#include <algorithm>
#include <stdexcept>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "crypto/random.h"
#include "test/unit/crypto/counting_random.h"
#include "test/unit/crypto/hostile.h"

namespace comity::crypto {
namespace {

using proto::AgencyId;
using proto::Bytes;
using proto::Code;

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

AgencyId some_id() {
  CountingRandom random;
  return random.next<AgencyId>();
}

Code code_of(std::string_view prefix, std::string_view text) {
  const auto decoded = bech32m_decode(prefix, text);
  REQUIRE_FALSE(decoded.ok());
  return decoded.error().code;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

}  // namespace

TEST_CASE("the valid texts of BIP-350 have a good checksum") {
  CHECK(bech32m_decode("a", "A1LQFN3A").value().empty());
  CHECK(bech32m_decode("a", "a1lqfn3a").value().empty());
  CHECK(bech32m_decode("?", "?1v759aa").value().empty());
  CHECK(bech32m_decode(
            "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber1",
            "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6")
            .value()
            .empty());
  const Bytes bytes = bech32m_decode("abcdef", "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx").value();
  CHECK(proto::to_hex(bytes) == "ffbbcdeb38bdab49ca307b9ac5a928398a418820");
  CHECK(bech32m_encode("abcdef", bytes) == "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx");
  CHECK(proto::to_hex(bech32m_decode("split", "split1checkupstagehandshakeupstreamerranterredcaperredlc445v")
                          .value()) == "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d");
  // 82 characters of five ones are no whole number of bytes: the checksum is good, the filling is not zero.
  CHECK(code_of("1", "11" + std::string(82, 'l') + "ludsr8") == Code::kTextIdPadding);
}

TEST_CASE("the invalid texts of BIP-350 are refused for what is wrong") {
  CHECK(code_of("a", "qyrz8wqd2c9m") == Code::kTextIdPrefix);
  CHECK(code_of("a", "1qyrz8wqd2c9m") == Code::kTextIdPrefix);
  CHECK(code_of("y", "y1b0jsk6g") == Code::kTextIdCharacter);
  CHECK(code_of("lt", "lt1igcx5c0") == Code::kTextIdCharacter);
  CHECK(code_of("in", "in1muywd") == Code::kTextIdLength);
  CHECK(code_of("mm", "mm1crxm3i") == Code::kTextIdCharacter);
  CHECK(code_of("au", "au1s5cgom") == Code::kTextIdCharacter);
  CHECK(code_of("m", "M1VUXWEZ") == Code::kTextIdChecksum);
  CHECK(code_of("a", "") == Code::kTextIdLength);
  CHECK(code_of("a", std::string(91, 'a')) == Code::kTextIdLength);
  CHECK(code_of("a", "A1lqfn3a") == Code::kTextIdCase);
  // Bech32 of BIP-173, whose checksum has another constant.
  CHECK(code_of("a", "a12uel5l") == Code::kTextIdChecksum);
}

TEST_CASE("every length that fits goes there and back, and no other is written") {
  CountingRandom random;
  for (std::size_t size = 0; size <= 51; ++size) {
    Bytes bytes(size);
    random.fill(bytes);
    const std::string text = bech32m_encode("x", bytes);
    CHECK(bech32m_decode("x", text).value() == bytes);
    CHECK(bech32m_decode("x", upper(text)).value() == bytes);
  }
  CHECK_THROWS_AS((void)bech32m_encode("x", Bytes(52)), std::invalid_argument);
  CHECK_THROWS_AS((void)bech32m_encode("", Bytes(1)), std::invalid_argument);
  CHECK_THROWS_AS((void)bech32m_encode("Upper", Bytes(1)), std::invalid_argument);
  CHECK_THROWS_AS((void)bech32m_encode("a b", Bytes(1)), std::invalid_argument);
  CHECK_THROWS_AS((void)bech32m_encode(std::string(84, 'a'), {}), std::invalid_argument);
}

TEST_CASE("an agency id goes there and back as 65 characters") {
  const AgencyId id = some_id();
  const std::string text = agency_id_text(id);
  CHECK(text.size() == kAgencyIdCharacters);
  CHECK(text.starts_with("comity1"));
  CHECK(parse_agency_id(text).value() == id);
  CHECK(parse_agency_id(upper(text)).value() == id);
}

TEST_CASE("the id of zeros is nobody's") {
  CHECK(parse_agency_id(agency_id_text(proto::AgencyId())).error().code == proto::Code::kTextIdZero);
}

TEST_CASE("every single wrong character of an agency id is refused, and the detail names its place") {
  const std::string text = agency_id_text(some_id());
  for (std::size_t i = 7; i < text.size(); ++i) {
    for (char other : kAlphabet) {
      if (other == text[i]) continue;
      std::string damaged = text;
      damaged[i] = other;
      const auto parsed = parse_agency_id(damaged);
      REQUIRE_FALSE(parsed.ok());
      CHECK(parsed.error() ==
            proto::Error{Code::kTextIdChecksum, fmt::format("character {} of 65 looks wrong", i + 1)});
    }
    std::string damaged = text;
    damaged[i] = 'o';
    CHECK(parse_agency_id(damaged).error() ==
          proto::Error{Code::kTextIdCharacter, fmt::format("character {} of 65", i + 1)});
  }
  for (std::size_t i = 0; i < 7; ++i) {
    std::string damaged = text;
    damaged[i] = '7';
    CHECK(parse_agency_id(damaged).error() ==
          proto::Error{Code::kTextIdPrefix, fmt::format("character {}; \"comity1\" is wanted", i + 1)});
  }
}

TEST_CASE("swapped neighbours, missing and doubled characters are refused") {
  const std::string text = agency_id_text(some_id());
  for (std::size_t i = 7; i + 1 < text.size(); ++i) {
    if (text[i] == text[i + 1]) continue;
    std::string swapped = text;
    std::swap(swapped[i], swapped[i + 1]);
    CHECK(parse_agency_id(swapped).error() ==
          proto::Error{Code::kTextIdChecksum, "more than one character is wrong"});
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string shorter = text;
    shorter.erase(i, 1);
    CHECK(parse_agency_id(shorter).error() ==
          proto::Error{Code::kTextIdLength, "64 characters where 65 belong"});
    std::string longer = text;
    longer.insert(i, 1, text[i]);
    CHECK(parse_agency_id(longer).error().code == Code::kTextIdLength);
    CHECK_FALSE(parse_agency_id(text.substr(0, i)).ok());
  }
  // Of the right length, but of another prefix or another number of bytes.
  CHECK(parse_agency_id(bech32m_encode("justic", Bytes(32))).error().code == Code::kTextIdPrefix);
  CHECK_FALSE(parse_agency_id(std::string(65, '\0')).ok());
  CHECK_FALSE(parse_agency_id("comity1" + std::string(58, '\xff')).ok());
}

}  // namespace comity::crypto
