// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>

#include <doctest/doctest.h>

#include "test/splitmix.h"
#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

using proto::Code;

inline constexpr Table<std::uint8_t, std::string, NoteId, Descending<Box>, std::uint16_t> kWide(
    {.prefix = 0x20, .name = "wide", .why = "Every shape.", .value = "none"},
    {"small", "word", "note", "newest", "medium"});

NoteId note_id(std::uint8_t fill) {
  NoteId id;
  std::fill(id.writable().begin(), id.writable().end(), std::byte{fill});
  return id;
}

TEST_CASE("a key is its prefix and its fields, big-endian") {
  CHECK(proto::to_hex(kNotes.key(Box{0x01020304}, 5)) == "10010203040000000000000005");
  CHECK(proto::to_hex(kNewest.key("ab", {1})) == "1361620001fffffffffffffffe");
  CHECK(proto::to_hex(kNewest.key(std::string("a\0b", 3), {0})) == "136100ff620001ffffffffffffffff");
  CHECK(proto::to_hex(kNotes.prefix(Box{7})) == "1000000007");
  CHECK(proto::to_hex(kNotes.prefix()) == "10");
}

TEST_CASE("fields come back as they went in") {
  comity::test::SplitMix prng(1);
  for (int i = 0; i < 500; ++i) {
    std::string word(prng.below(20), '\0');
    for (char& c : word)
      c = static_cast<char>(prng.below(4) == 0 ? 0 : prng.below(256));
    const auto small = static_cast<std::uint8_t>(prng.next());
    const Descending<Box> newest{Box{static_cast<std::uint32_t>(prng.next())}};
    const auto medium = static_cast<std::uint16_t>(prng.next());
    const Bytes key = kWide.key(small, word, note_id(small), newest, medium);
    const auto [a, b, c, d, e] = must(kWide.parse(key));
    CHECK(a == small);
    CHECK(b == word);
    CHECK(c == note_id(small));
    CHECK(d == newest);
    CHECK(e == medium);
  }
}

TEST_CASE("the order of the bytes is the order of the fields") {
  comity::test::SplitMix prng(2);
  const auto random_key = [&] {
    std::string word(prng.below(4), '\0');
    for (char& c : word)
      c = static_cast<char>(std::array{0, 1, 97, 255}[prng.below(4)]);
    return std::pair(word, prng.below(3));
  };
  for (int i = 0; i < 3000; ++i) {
    const auto [word_a, time_a] = random_key();
    const auto [word_b, time_b] = random_key();
    const bool before = std::pair(word_a, ~time_a) < std::pair(word_b, ~time_b);
    CHECK(KeyOrder()(kNewest.key(word_a, {time_a}), kNewest.key(word_b, {time_b})) == before);
  }
}

TEST_CASE("a range holds exactly the keys with its leading fields") {
  const Range range = kNotes.range(Box{0x00ffffff});
  const auto inside = [&](const Bytes& key) {
    return !KeyOrder()(key, range.begin) && KeyOrder()(key, range.end);
  };
  CHECK(inside(kNotes.key(Box{0x00ffffff}, 0)));
  CHECK(inside(kNotes.key(Box{0x00ffffff}, ~std::uint64_t{0})));
  CHECK_FALSE(inside(kNotes.key(Box{0x01000000}, 0)));
  CHECK_FALSE(inside(kNotes.key(Box{0x00fffffe}, ~std::uint64_t{0})));
  // A word is not a prefix of a longer one.
  const Range word = kNewest.range(std::string("ab"));
  CHECK_FALSE(KeyOrder()(kNewest.key("abc", {0}), word.end));
  CHECK_THROWS_AS((void)prefix_range(Bytes{std::byte{0xff}}), std::logic_error);
}

TEST_CASE("every cut of a key is refused, and so is a longer one") {
  const Bytes key = kWide.key(1, "two\0three", note_id(4), {Box{5}}, 6);
  for (std::size_t size = 0; size < key.size(); ++size) {
    CHECK(code_of(kWide.parse(ByteView(key).first(size))) == Code::kStoreBadKey);
    CHECK_FALSE(kWide.info().check_key(ByteView(key).first(size)).ok());
  }
  CHECK(kWide.info().check_key(key).ok());
  Bytes longer = key;
  longer.push_back(std::byte{0});
  CHECK(code_of(kWide.parse(longer)) == Code::kStoreBadKey);
  Bytes other = key;
  other[0] = std::byte{0x21};
  CHECK(code_of(kWide.parse(other)) == Code::kStoreBadKey);
}

TEST_CASE("a text with another escape is refused") {
  for (const int escape : {0x00, 0x02, 0xfe}) {
    Bytes key{std::byte{0x13}, std::byte{'a'}, std::byte{0}, static_cast<std::byte>(escape)};
    key.resize(key.size() + 10);
    CHECK(code_of(kNewest.parse(key)) == Code::kStoreBadKey);
  }
}

TEST_CASE("any bytes either parse to a key that encodes to them, or are refused") {
  comity::test::SplitMix prng(3);
  for (int i = 0; i < 20000; ++i) {
    Bytes key(1 + prng.below(30));
    for (auto& byte : key)
      byte = static_cast<std::byte>(std::array{0, 1, 255, 65}[prng.below(4)]);
    key[0] = std::byte{0x20};
    const auto parsed = kWide.parse(key);
    if (!parsed.ok()) continue;
    CHECK(std::apply([](const auto&... parts) { return kWide.key(parts...); }, *parsed) == key);
  }
}

TEST_CASE("a key reads as its fields") {
  CHECK(describe_key(kNotes.info(), note(7, 9)) == "box=7 number=9");
  CHECK(describe_key(kNewest.info(), kNewest.key("a\"\n", {3})) == R"(word="a\x22\x0a" time=3)");
  CHECK(describe_key(kBodies.info(), kBodies.key(note_id(0xab))) == "note=abababababababab");
  CHECK(describe_key(kNotes.info(), Bytes{std::byte{0x10}, std::byte{1}}) == "key 1001");
  CHECK(describe_key(test_tables(), note(7, 9)) == "notes box=7 number=9");
  CHECK(describe_key(test_tables(), Bytes{std::byte{0x99}}) == "unknown table, key 99");
}

}  // namespace
}  // namespace comity::storage::test
