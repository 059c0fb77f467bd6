// SPDX-License-Identifier: EUPL-1.2
#include "proto/walker.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "strict1.pb.h"
#include "walk_cases.pb.h"

namespace comity::proto {
namespace {

template <class M>
Status walk_hex(std::string_view hex) {
  return walk(plan_of<M>(), from_hex(hex).value());
}

template <class M>
Code code_of(std::string_view hex) {
  const Status status = walk_hex<M>(hex);
  REQUIRE_FALSE(status.ok());
  return status.error().code;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

}  // namespace

using strict1::T;
using walk_cases::Bounded;
using walk_cases::Either;
using walk_cases::Needs;
using walk_cases::Nest;

TEST_CASE("each rule about tags has its own code") {
  CHECK(code_of<T>("00") == Code::kBadTag);
  CHECK(code_of<T>("080100") == Code::kBadTag);
  CHECK(code_of<T>("808080801001") == Code::kBadTag);  // field 2^29
  CHECK(code_of<T>("880001") == Code::kVarintNotMinimal);
  CHECK(code_of<T>("1201410801") == Code::kFieldOrder);
  CHECK(code_of<T>("08010802") == Code::kFieldTwice);
  CHECK(code_of<T>("3a01410a01") == Code::kFieldOrder);
  CHECK(code_of<T>("3a01413801") == Code::kFieldTwice);  // a repeated field, once more as a varint
  CHECK(code_of<T>("420101420101") == Code::kFieldTwice);
  CHECK(code_of<T>("4801") == Code::kUnknownCriticalField);
  CHECK(code_of<T>("980601") == Code::kUnknownCriticalField);
  CHECK(code_of<T>("0d00000000") == Code::kWrongWireType);
  CHECK(code_of<T>("4001") == Code::kWrongWireType);  // an element of a packed field on its own
  CHECK(code_of<T>("0b0c") == Code::kWrongWireType);
  CHECK(code_of<T>("0e") == Code::kWrongWireType);
  CHECK(code_of<T>("ab06ac06") == Code::kWrongWireType);  // an ignorable group
}

TEST_CASE("each rule about values has its own code") {
  CHECK(code_of<T>("088100") == Code::kVarintNotMinimal);
  CHECK(code_of<T>("0880808080808080808002") == Code::kVarintTooLong);
  CHECK(code_of<T>("088080808080808080808001") == Code::kVarintTooLong);
  CHECK(code_of<T>("12810041") == Code::kVarintNotMinimal);
  CHECK(code_of<T>("0800") == Code::kExplicitDefault);
  CHECK(code_of<T>("1200") == Code::kExplicitDefault);
  CHECK(code_of<T>("210000000000000000") == Code::kExplicitDefault);
  CHECK(code_of<T>("2800") == Code::kExplicitDefault);
  CHECK(code_of<T>("2802") == Code::kValueOutOfRange);
  CHECK(code_of<T>("a0068080808010") == Code::kValueOutOfRange);
  CHECK(code_of<T>("42058080808010") == Code::kValueOutOfRange);
  CHECK(code_of<T>("4200") == Code::kPackedEmpty);
  CHECK(code_of<T>("1202c328") == Code::kBadUtf8);
  CHECK(walk_hex<T>("4203000100").ok());  // a 0 among packed elements says something
  CHECK(walk_hex<T>("3200").ok());        // so does an empty submessage
  CHECK(walk_hex<T>("3a003a00").ok());    // and an empty element
}

TEST_CASE("every truncation of a message is refused or is a shorter message") {
  const std::string whole =
      "08011201411a01ff210100000000000000280132020801"
      "3a01413a014242020105a00601a80601";
  const Bytes bytes = from_hex(whole).value();
  REQUIRE(walk(plan_of<T>(), bytes).ok());
  unsigned cut_within = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Status status = walk(plan_of<T>(), ByteView(bytes).first(size));
    if (!status.ok()) {
      ++cut_within;
      CHECK(status.error().code == Code::kTruncated);
    }
  }
  CHECK(cut_within > bytes.size() / 2);
}

TEST_CASE("the options of the schema are kept") {
  CHECK(walk_hex<Bounded>("0a0401020304").ok());
  CHECK(code_of<Bounded>("0a03010203") == Code::kWrongSize);
  CHECK(code_of<Bounded>("0a050102030405") == Code::kWrongSize);
  CHECK(code_of<Bounded>("0a00") == Code::kExplicitDefault);
  CHECK(walk_hex<Bounded>("12024141").ok());
  CHECK(code_of<Bounded>("120141") == Code::kFieldTooShort);
  CHECK(code_of<Bounded>("120441414141") == Code::kFieldTooLong);
  CHECK(walk_hex<Bounded>("1a0201021a020304").ok());
  CHECK(code_of<Bounded>("1a0201021a0203041a020506") == Code::kTooManyElements);
  CHECK(code_of<Bounded>("1a00") == Code::kWrongSize);
  CHECK(walk_hex<Bounded>("2203010203").ok());
  CHECK(code_of<Bounded>("220401020304") == Code::kTooManyElements);
  CHECK(walk_hex<Bounded>("2a0c000000000100000002000000").ok());
  CHECK(code_of<Bounded>("2a0501000000ff") == Code::kTruncated);
  CHECK(code_of<Bounded>("2a1000000000000000000000000000000000") == Code::kTooManyElements);
  CHECK(walk_hex<Bounded>("3203000107").ok());
  CHECK(code_of<Bounded>("320102") == Code::kUnknownEnumValue);
  CHECK(walk_hex<Bounded>("4a0208014a020802").ok());
  CHECK(code_of<Bounded>("4a0208014a0208024a020803") == Code::kTooManyElements);
  CHECK(code_of<Bounded>("4a00") == Code::kFieldTooShort);
  CHECK(walk_hex<Bounded>("5501000000").ok());
  CHECK(code_of<Bounded>("5500000000") == Code::kExplicitDefault);
  CHECK(code_of<Bounded>("55010000") == Code::kTruncated);
  CHECK(walk_hex<Bounded>("58ffffffff0f").ok());
  CHECK(code_of<Bounded>("588080808010") == Code::kValueOutOfRange);
}

TEST_CASE("enums are closed unless the schema opens them") {
  CHECK(walk_hex<Bounded>("3807").ok());
  CHECK(code_of<Bounded>("3802") == Code::kUnknownEnumValue);
  CHECK(code_of<Bounded>("384a") == Code::kUnknownEnumValue);  // beyond the mask
  CHECK(code_of<Bounded>("3800") == Code::kExplicitDefault);
  CHECK(walk_hex<Bounded>("4002").ok());
  CHECK(walk_hex<Bounded>("40ffffffff07").ok());
  CHECK(code_of<Bounded>("408080808008") == Code::kValueOutOfRange);
  CHECK(code_of<Bounded>("40ffffffffffffffffff01") == Code::kValueOutOfRange);  // -1
}

TEST_CASE("a required field is missed wherever it would have stood") {
  CHECK(walk_hex<Needs>("1201412001").ok());
  CHECK(walk_hex<Needs>("080112014118012001a00601").ok());
  CHECK(code_of<Needs>("") == Code::kMissingField);
  CHECK(code_of<Needs>("0801") == Code::kMissingField);
  CHECK(code_of<Needs>("2001") == Code::kMissingField);
  CHECK(code_of<Needs>("120141") == Code::kMissingField);
  CHECK(code_of<Needs>("1201411801") == Code::kMissingField);
  CHECK(code_of<Needs>("120141a00601") == Code::kMissingField);
  CHECK(walk_hex<Needs>("120141").error().detail == "Needs.also at byte 3");
}

TEST_CASE("a oneof holds one member, which may be its default") {
  CHECK(walk_hex<Either>("").ok());
  CHECK(walk_hex<Either>("0800").ok());
  CHECK(walk_hex<Either>("1a00").ok());
  CHECK(walk_hex<Either>("20012a00").ok());
  CHECK(walk_hex<Either>("3000").ok());
  CHECK(code_of<Either>("1200") == Code::kWrongSize);
  CHECK(code_of<Either>("080112020102") == Code::kOneofTwice);
  CHECK(code_of<Either>("080020013001") == Code::kOneofTwice);
}

TEST_CASE("nesting ends at the fourth level") {
  CHECK(walk_hex<Nest>("0a060a040a021001").ok());
  CHECK(code_of<Nest>("0a080a060a040a021001") == Code::kTooDeep);
  CHECK(code_of<Nest>("0a060a040a020a00") == Code::kTooDeep);
  std::string deep;
  for (int i = 0; i < 60; ++i)
    deep = "0a" + to_hex(to_be(static_cast<std::uint8_t>(deep.size() / 2))) + deep;
  CHECK(code_of<Nest>(deep) == Code::kTooDeep);
}

TEST_CASE("ignorable fields are skipped, in order, once, and not without end") {
  CHECK(walk_hex<T>("a80601b1060000000000000000ba0600c50600000000").ok());
  CHECK(code_of<T>("b00601a80601") == Code::kFieldOrder);
  CHECK(code_of<T>("a80601a80601") == Code::kFieldTwice);
  CHECK(code_of<T>("a80601aa060141") == Code::kFieldTwice);
  CHECK(code_of<T>("a8068100") == Code::kVarintNotMinimal);
  CHECK(code_of<T>("aa060541") == Code::kTruncated);

  // 16 are free; beyond, each needs 64 bytes of message.
  std::string fields;
  for (unsigned i = 0; i < 17; ++i) {
    const unsigned tag = (101 + i) << 3U;
    fields += to_hex(to_be(static_cast<std::uint16_t>(((tag & 0x7fU) | 0x80U) << 8U | tag >> 7U))) + "01";
  }
  CHECK(code_of<T>(fields) == Code::kTooManyIgnored);
  CHECK(walk_hex<T>(fields.substr(6)).ok());
  CHECK(walk_hex<T>("1a40" + repeat("00", 64) + fields).ok());
}

TEST_CASE("an error names the field by its path and the offset") {
  CHECK(walk_hex<T>("32020800").error().detail == "T.m.x at byte 4");
  CHECK(walk_hex<T>("08014801").error().detail == "T.9 at byte 3");
  CHECK(walk_hex<T>("1201410801").error().detail == "T.s at byte 4");
  CHECK(to_string(walk_hex<T>("2802").error()).starts_with("CMY-1020: "));
}

TEST_CASE("a schema that could not be walked strictly is a broken invariant") {
  CHECK_THROWS_AS(Plan(*walk_cases::NoCount::descriptor()), std::logic_error);
  CHECK_THROWS_AS(Plan(*walk_cases::Unpacked::descriptor()), std::logic_error);
  CHECK_THROWS_AS(Plan(*walk_cases::Signed::descriptor()), std::logic_error);
  CHECK_THROWS_AS(Plan(*walk_cases::Mapped::descriptor()), std::logic_error);
  CHECK_THROWS_AS(Plan(*walk_cases::Maybe::descriptor()), std::logic_error);
}

}  // namespace comity::proto
