// SPDX-License-Identifier: EUPL-1.2
#include "crypto/words.h"

#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "crypto/word_list.h"
#include "test/unit/crypto/hostile.h"
#include "test/unit/vectors.h"

namespace comity::crypto {
namespace {

using proto::AgencyId;
using proto::Code;
using proto::Error;

AgencyId id_from(std::string_view text) {
  return AgencyId::from(hex(text)).value();
}

constexpr std::string_view kCounted = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kCountedWords = "abandon amount liar amount expire adjust cage candy";

}  // namespace

TEST_CASE("the word list is the published one") {
  test::with_vectors("wordlist/bip39-english.txt", [](const std::string& text, test::VectorCount& count) {
    std::istringstream lines(text);
    std::string word;
    std::size_t i = 0;
    for (; std::getline(lines, word); ++i) {
      count.add(i < kWordListSize && word_list()[i] == word, word);
    }
    CHECK(i == kWordListSize);
  });
}

TEST_CASE("four letters tell all words apart, and the list is sorted") {
  std::set<std::string_view> starts;
  std::string_view before;
  for (std::string_view word : word_list()) {
    CHECK(word.size() >= 3);
    CHECK(word.size() <= 8);
    CHECK(before < word);
    CHECK(starts.insert(word.substr(0, 4)).second);
    before = word;
  }
}

TEST_CASE("eight words are the first 88 bits, eleven each") {
  CHECK(words_of(AgencyId()) == Words{});
  CHECK(words_text(words_of(AgencyId())) ==
        "abandon abandon abandon abandon abandon abandon abandon abandon");
  const Words most = words_of(id_from("ffffffffffffffffffffff000000000000000000000000000000000000000000"));
  CHECK(words_text(most) == "zoo zoo zoo zoo zoo zoo zoo zoo");
  // As BIP-39 numbers them: 0x000102030405060708090a in groups of eleven bits.
  CHECK(words_of(id_from(kCounted)) == Words{0, 64, 1030, 64, 643, 28, 257, 266});
  CHECK(words_text(words_of(id_from(kCounted))) == kCountedWords);
}

TEST_CASE("each of the 88 bits changes exactly one word, and no later bit changes any") {
  const Words words = words_of(id_from(kCounted));
  std::size_t bit = 0;
  for (std::size_t byte = 0; byte < 32; ++byte) {
    for (unsigned mask = 0x80; mask != 0; mask >>= 1U, ++bit) {
      AgencyId id = id_from(kCounted);
      id.writable()[byte] ^= static_cast<std::byte>(mask);
      const auto expected = bit < 88 ? std::vector<std::size_t>{bit / 11 + 1} : std::vector<std::size_t>{};
      CHECK(differing_words(words, words_of(id)) == expected);
    }
  }
}

TEST_CASE("words are read in any case, with any white space, and from four letters on") {
  const Words words = words_of(id_from(kCounted));
  for (std::string_view typed :
       {kCountedWords, std::string_view("ABANDON Amount lIaR amount EXPIRE adjust cage candy"),
        std::string_view("  abandon\tamount  liar\r\namount expire\n\nadjust cage candy \n"),
        std::string_view("aban amou liar amou expi adju cage cand"),
        std::string_view("aband amoun liar amount expir adjus cage candy")}) {
    const auto parsed = parse_words(typed);
    REQUIRE(parsed.ok());
    CHECK(*parsed == words);
  }
  for (std::string_view word : word_list()) {
    std::string text;
    for (int i = 0; i < 8; ++i)
      text += std::string(word.substr(0, 4)) + " ";
    CHECK(word_list()[parse_words(text).value()[7]] == word);
  }
}

TEST_CASE("what is not eight words of the list is refused, and the detail says which") {
  const auto refused = [](std::string_view typed) { return parse_words(typed).error(); };
  CHECK(refused("") == Error{Code::kWordCount, "0 words"});
  CHECK(refused(" \n ") == Error{Code::kWordCount, "0 words"});
  CHECK(refused("aban amou liar amou expi adju cage") == Error{Code::kWordCount, "7 words"});
  CHECK(refused("aban amou liar amou expi adju cage cand cand") == Error{Code::kWordCount, "9 words"});
  CHECK(refused("aban amou liar amou expi adju cage ca") == Error{Code::kUnknownWord, "word 8 of 8"});
  CHECK(refused("aba amou liar amou expi adju cage candy") == Error{Code::kUnknownWord, "word 1 of 8"});
  CHECK(refused("aban amou lira amou expi adju cage candy") == Error{Code::kUnknownWord, "word 3 of 8"});
  CHECK(refused("aban amou liar amou expires adju cage candy") == Error{Code::kUnknownWord, "word 5 of 8"});
  CHECK(refused("aban amou liar amou expi adju cage candies") == Error{Code::kUnknownWord, "word 8 of 8"});
  CHECK(refused("aban amou liar amou expi adju cage zzzz") == Error{Code::kUnknownWord, "word 8 of 8"});
  CHECK(refused("aban amou liar amou expi adju cage overlongword") ==
        Error{Code::kUnknownWord, "word 8 of 8"});
  CHECK(refused("aban amou liar amou expi adju cage \xc3\xa9t\xc3\xa9") ==
        Error{Code::kUnknownWord, "word 8 of 8"});
  CHECK(refused("aban amou liar amou expi adju cage " + std::string(100'000, 'a')).code ==
        Code::kUnknownWord);
}

TEST_CASE("the words that differ are named from 1") {
  const Words heard = parse_words(kCountedWords).value();
  Words typed = heard;
  CHECK(differing_words(typed, heard).empty());
  typed[2] = 7;
  typed[7] = 8;
  CHECK(differing_words(typed, heard) == std::vector<std::size_t>{3, 8});
}

}  // namespace comity::crypto
