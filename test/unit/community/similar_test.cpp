// SPDX-License-Identifier: EUPL-1.2
#include "node/community/spaces/similar.h"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "test/unit/seeded.h"

namespace comity::community {
namespace {

SpaceWords named(std::uint8_t number, std::string slug, std::string title, std::string description = {}) {
  std::array<std::byte, SpaceId::kSize> id{};
  id[0] = std::byte{number};
  return {SpaceId::from(id).value(), std::move(slug), std::move(title), std::move(description)};
}

std::vector<std::string> found(const SpaceWords& fresh, const std::vector<SpaceWords>& there) {
  std::vector<std::string> out;
  for (const SimilarSpace& one : similar_spaces(fresh, there, 3)) {
    const auto at = std::find_if(there.begin(), there.end(),
                                 [&](const SpaceWords& space) { return space.space == one.space; });
    out.push_back(at->slug);
  }
  return out;
}

using Slugs = std::vector<std::string>;

}  // namespace

TEST_CASE("a space is found by its words in other order, form, case and accents") {
  const std::vector<SpaceWords> there{
      named(1, "travel", "Travel rules", "Who may travel where, and how it is paid"),
      named(2, "food", "Canteen", "What there is for lunch"),
      named(3, "procurement", "Öffentliche Beschaffung"),
  };
  CHECK(found(named(9, "rules-of-travel", "The rule of travelling"), there) == Slugs{"travel"});
  CHECK(found(named(9, "x", "TRAVEL RULES"), there) == Slugs{"travel"});
  CHECK(found(named(9, "x", "offentliche beschaffungen"), there) == Slugs{"procurement"});
  CHECK(found(named(9, "food", "Something else"), there) == Slugs{"food"});
  CHECK(found(named(9, "b", "Travel: the rules"), there) == Slugs{"travel"});
  CHECK(found(named(9, "trade", "Trade"), there).empty());
  CHECK(found(named(9, "tax", "Tax law"), there).empty());
  CHECK(found(named(9, "forum", "The general forum of this group"), there).empty());
}

TEST_CASE("a word that many spaces use says little") {
  std::vector<SpaceWords> there;
  for (std::uint8_t i = 0; i < 20; ++i)
    there.push_back(named(i, "statistics-" + std::string(1, static_cast<char>('a' + i)) + "xxxx",
                          "Statistics " + std::string(5, static_cast<char>('a' + i))));
  CHECK(found(named(200, "statistics-new", "Statistics quarterly"), there).empty());
  // Those that are alike are named, however many there are.
  std::vector<SpaceWords> alike;
  for (std::uint8_t i = 0; i < 9; ++i)
    alike.push_back(named(i, "s" + std::to_string(i), "Travel rules"));
  CHECK(found(named(200, "t", "Rules for travel"), alike).size() == 3);
  there.push_back(named(100, "quarterly", "Quarterly numbers"));
  CHECK(found(named(200, "quarterly-statistics", "Statistics quarterly"), there) == Slugs{"quarterly"});
}

TEST_CASE("the answer hangs on the texts alone, and the new space is none of them") {
  comity::test::SeededRandom random(3);
  std::vector<SpaceWords> there;
  const char* const words[] = {"travel", "rules", "law", "tax", "health", "data", "budget", "school"};
  for (std::uint8_t i = 0; i < 60; ++i)
    there.push_back(
        named(i, words[random.below(8)], std::string(words[random.below(8)]) + " " + words[random.below(8)]));
  const SpaceWords fresh = named(7, "law", "Tax law");
  const auto first = similar_spaces(fresh, there, 3);
  REQUIRE(first.size() == 3);
  for (int i = 0; i < 20; ++i) {
    for (std::size_t at = there.size(); at > 1; --at)
      std::swap(there[at - 1], there[random.below(at)]);
    CHECK(similar_spaces(fresh, there, 3) == first);
  }
  for (const SimilarSpace& one : first)
    CHECK(one.space != fresh.space);
  CHECK(similar_spaces(fresh, {}, 3).empty());
  CHECK(similar_spaces({}, there, 3).empty());
}

TEST_CASE("long and hostile texts cost no more than their first words") {
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += "word" + std::to_string(i) + " ";
  CHECK(telling_words(text, 24).size() == 24);
  CHECK(telling_words("\xff\xfe", 24).empty());
  CHECK(telling_words("", 24).empty());
  const std::vector<SpaceWords> there{named(1, "a", text, text), named(2, "b", "\xff", "\xff")};
  CHECK(similar_spaces(named(3, "c", text, text), there, 3).size() == 1);
}

TEST_CASE("one word in several forms") {
  CHECK(is_same_word("rule", "rules"));
  CHECK(is_same_word("policy", "policies"));
  CHECK(is_same_word("law", "law"));
  CHECK_FALSE(is_same_word("law", "laws"));  // too short to be told from another word
  CHECK_FALSE(is_same_word("travel", "trade"));
  CHECK_FALSE(is_same_word("state", "statistics"));
  CHECK_FALSE(is_same_word("state", "static"));
  CHECK(is_same_word("travel", "travelling"));
  CHECK(is_same_word("travelling", "travel"));
  CHECK_FALSE(is_same_word("rule", "ruling"));
}

}  // namespace comity::community
