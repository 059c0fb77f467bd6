// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "crypto/password.h"
#include "node/community/people/fold.h"
#include "node/community/people/follows.h"
#include "node/community/people/passwords.h"
#include "node/community/posts/cursor.h"
#include "node/community/text.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

}  // namespace

TEST_CASE("a person is found by name and by id, and a name is given once") {
  World world;
  Agency& health = world.add("health");
  const PersonRow maria = health.person("maria", "press");
  CHECK(find_person(*health.view(), "maria").value() == maria);
  CHECK(find_person(*health.view(), maria.id).value().value() == maria);
  CHECK_FALSE(find_person(*health.view(), world.random.next<UserId>()).value());
  CHECK(find_person(*health.view(), "mario").error().code == Code::kUserUnknown);
  CHECK(add_person(*health.view(), {.handle = "maria"}, world.random, kNoon).error().code ==
        Code::kUserExists);

  // Two that were planned at once: the second commit is refused.
  auto one = add_person(*health.view(), {.handle = "jo"}, world.random, kNoon);
  auto two = add_person(*health.view(), {.handle = "jo"}, world.random, kNoon);
  CHECK(health.peer.node.store->commit(std::move(one->rows)).ok());
  CHECK(health.peer.node.store->commit(std::move(two->rows)).error().code == Code::kStoreGuardFailed);
}

TEST_CASE("a disabled person cannot act, stays known, and can be let in again") {
  World world;
  Agency& health = world.add("health");
  const PersonRow maria = health.person("maria");
  health.person("jo");
  CHECK(count_staff(*health.view()).value() == 2);
  auto planned = set_disabled(*health.view(), "maria", true);
  REQUIRE(health.peer.node.store->commit(std::move(planned->rows)).ok());
  CHECK(acting_person(*health.view(), "maria").error().code == Code::kUserDisabled);
  CHECK(find_person(*health.view(), maria.id).value()->handle == "maria");
  CHECK(count_staff(*health.view()).value() == 1);
  planned = set_disabled(*health.view(), "maria", false);
  REQUIRE(health.peer.node.store->commit(std::move(planned->rows)).ok());
  CHECK(acting_person(*health.view(), "maria").ok());
  CHECK(set_disabled(*health.view(), "nobody", true).error().code == Code::kUserUnknown);
}

TEST_CASE("people are listed in pages by name") {
  World world;
  Agency& health = world.add("health");
  for (const char* handle : {"zoe", "ann", "bob", "carl", "dora"})
    health.person(handle);
  std::vector<std::string> seen;
  std::string after;
  for (bool more = true; more;) {
    const auto page = list_people(*health.view(), after, 2);
    REQUIRE(page.ok());
    for (const PersonRow& person : page->people)
      seen.push_back(person.handle);
    more = page->more;
    after = seen.back();
  }
  CHECK(seen == std::vector<std::string>{"ann", "bob", "carl", "dora", "zoe"});
}

TEST_CASE("names that could pass for others, or break a line, are refused") {
  World world;
  Agency& health = world.add("health");
  const auto refused = [&](const NewPerson& who) {
    return add_person(*health.view(), who, world.random, kNoon).error().code;
  };
  for (const char* handle :
       {"", "Maria", "1maria", "maria.", "maria-", "mar ia", "mar\nia", "maria@health", "märia"})
    CHECK_MESSAGE(refused({.handle = handle}) == Code::kHandleRule, handle);
  CHECK(refused({.handle = std::string(65, 'a')}) == Code::kHandleRule);
  CHECK(refused({.handle = "maria", .name = "Maria\nOlsen"}) == Code::kTextRule);
  CHECK(refused({.handle = "maria", .name = "\xe2\x80\xaeneslO"}) == Code::kTextRule);
  CHECK(refused({.handle = "maria", .unit = std::string(257, 'u')}) == Code::kTextRule);
  CHECK(refused({.handle = "maria", .name = "\xff"}) == Code::kTextRule);
}

TEST_CASE("somebody signs in with their password, and nobody else does") {
  World world;
  Agency& health = world.add("health");
  const PersonRow maria = health.person("maria");
  const std::string password = "correct horse battery";
  const Bytes salt(crypto::kPasswordSaltBytes);
  const auto signs_in = [&](std::string_view handle, std::string_view text) {
    return sign_in(*health.view(), handle, proto::as_bytes(text)).value().has_value();
  };
  // Without a password nobody signs in, with the hash that stands in for it neither.
  CHECK_FALSE(signs_in("maria", ""));
  CHECK_FALSE(signs_in("nobody", password));
  storage::Batch rows;
  put_password(rows, maria.id, crypto::hash_password(proto::as_bytes(password), salt, {1, 8}).value());
  REQUIRE(health.peer.node.store->commit(std::move(rows)).ok());
  CHECK(signs_in("maria", password));
  CHECK_FALSE(signs_in("maria", "correct horse batterie"));
  auto planned = set_disabled(*health.view(), "maria", true);
  REQUIRE(health.peer.node.store->commit(std::move(planned->rows)).ok());
  CHECK_FALSE(signs_in("maria", password));
}

TEST_CASE("a profile keeps what is not changed, and refuses what a card cannot hold") {
  World world;
  Agency& health = world.add("health");
  const PersonRow maria = health.person("maria", "Press", {"Law", "law ", "Ärzte"});
  CHECK(find_profile(*health.view(), maria.id)->skills == std::vector<std::string>{"law", "ärzte"});
  const ProfileChange change{
      .position = "Head", .languages = std::vector<std::string>{"NB", "en"}, .about = "two\r\nlines"};
  REQUIRE(health.change("maria", change).ok());
  const auto profile = find_profile(*health.view(), maria.id);
  CHECK(profile->skills.size() == 2);
  CHECK(profile->languages == std::vector<std::string>{"nb", "en"});
  CHECK(profile->about == "two\nlines");
  CHECK(profile->listed);
  CHECK_FALSE(profile->contact);
  REQUIRE(health.change("maria", {.position = "", .skills = std::vector<std::string>{}}).ok());
  CHECK(find_profile(*health.view(), maria.id)->skills.empty());
  CHECK(find_person(*health.view(), "maria")->unit == "Press");

  const auto refused = [&](const ProfileChange& what) { return health.change("maria", what).error().code; };
  CHECK(refused({.name = "a\nb"}) == Code::kProfileRule);
  CHECK(refused({.unit = std::string(257, 'u')}) == Code::kProfileRule);
  CHECK(refused({.about = std::string(8193, 'a')}) == Code::kProfileRule);
  CHECK(refused({.languages = std::vector<std::string>{"n"}}) == Code::kProfileRule);
  CHECK(refused({.phone = std::string(65, '1')}) == Code::kProfileRule);
  std::vector<std::string> many;
  for (int i = 0; i < 65; ++i)
    many.push_back("skill " + std::to_string(i));
  CHECK(refused({.skills = many}) == Code::kProfileRule);
  CHECK(health.change("nobody", {}).error().code == Code::kUserUnknown);
  many.pop_back();
  REQUIRE(health.change("maria", {.skills = many}).ok());
  CHECK(find_profile(*health.view(), maria.id)->skills.size() == 64);

  // Two that were planned at once: the second is refused.
  auto one = change_profile(*health.view(), "maria", {.unit = "a"});
  auto two = change_profile(*health.view(), "maria", {.unit = "b"});
  CHECK(health.peer.node.store->commit(std::move(one->rows)).ok());
  CHECK(health.peer.node.store->commit(std::move(two->rows)).error().code == Code::kStoreGuardFailed);
}

TEST_CASE("words are compared without case and accents, as letters and digits only") {
  using Words = std::vector<std::string>;
  CHECK(folded_words("M\u00dcLLER-Haus, 2. Stock", 9) == Words{"muller", "haus", "2", "stock"});
  CHECK(folded_words("u\u0308ber", 9) == Words{"uber"});
  CHECK(folded_words("Stra\u00dfe", 9) == Words{"strasse"});
  CHECK(folded_words("", 9).empty());
  CHECK(folded_words(" ...\t", 9).empty());
  CHECK(folded_words("a b c", 2) == Words{"a", "b"});
  CHECK(folded_words("\xff\xfe", 9).empty());
  CHECK(lower_case("\u00c4RZTE") == "\u00e4rzte");
  CHECK(lower_case("\xff") == "\xff");
}

TEST_CASE("follows are rows of our own, each once and never of oneself") {
  World world;
  Agency& health = world.add("health");
  const Person maria{health.self(), health.person("maria").id};
  const Person jo{world.random.next<AgencyId>(), world.random.next<UserId>()};
  const Person ben{health.self(), health.person("ben").id};
  const auto follow = [&](const Person& who) {
    auto rows = follow_person(*health.view(), maria, who, kNoon);
    if (rows.ok()) REQUIRE(health.peer.node.store->commit(*std::move(rows)).ok());
    return rows.ok();
  };
  CHECK(follow(jo));
  CHECK(follow(jo));
  CHECK(follow(ben));
  CHECK_FALSE(follow(maria));
  CHECK(followed_by(*health.view(), maria.user)->size() == 2);
  CHECK(followed_by(*health.view(), ben.user)->empty());
  CHECK(unfollow_person(*health.view(), ben, jo).error().code == Code::kFollowRule);
  auto rows = unfollow_person(*health.view(), maria, jo);
  REQUIRE(health.peer.node.store->commit(*std::move(rows)).ok());
  CHECK(followed_by(*health.view(), maria.user).value() == std::vector<Followed>{{ben, kNoon}});
}

TEST_CASE("ids, cursors and times have one text each, and other texts are refused") {
  SeededRandom random(3);
  const auto id = random.next<EntryId>();
  CHECK(parse_entry_id(id_text(id)).value() == id);
  std::string upper = id_text(id);
  for (char& c : upper)
    c = c >= 'a' ? static_cast<char>(c - 32) : c;
  CHECK(parse_entry_id(upper).value() == id);
  for (const std::string& wrong :
       {std::string(), id_text(id).substr(1), id_text(id) + "a", std::string(52, '0')})
    CHECK(parse_entry_id(wrong).error().code == Code::kIdRule);

  const PlaceCursor cursor{Hlc{5}, random.next<FeedId>(), Seq{77}};
  CHECK(parse_place_cursor(place_cursor_text(cursor)).value() == cursor);
  for (const std::string& wrong : {std::string(), std::string("x"), std::string(10'000, 'a')})
    CHECK(parse_place_cursor(wrong).error().code == Code::kIdRule);

  CHECK(time_text(from_millis(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(time_text(from_millis(1'700'000'000'123)) == "2023-11-14T22:13:20.123Z");
}

TEST_CASE("texts, titles and tags: what a screen could show as something else is refused") {
  CHECK(check_text("two\nlines\tand a tab", 100).ok());
  CHECK(check_text("", 100).error().code == Code::kTextEmpty);
  CHECK(check_text(" \n\t ", 100).error().code == Code::kTextEmpty);
  CHECK(check_text(std::string(100, 'a'), 100).ok());
  CHECK(check_text(std::string(101, 'a'), 100).error().code == Code::kTextTooLong);
  for (const char* wrong : {"bell\a", "esc\x1b[31m",
                            "\xe2\x80\xae"
                            "desrever",
                            "\xe2\x81\xa6isolate", "\xc3\x28", "del\x7f", "cr\rlf"})
    CHECK(check_text(wrong, 100).error().code == Code::kTextRule);
  CHECK(check_text(std::string_view("nul\0", 4), 100).error().code == Code::kTextRule);
  CHECK(with_line_feeds("a\r\nb\rc\n") == "a\nb\nc\n");

  CHECK(check_title("A title").ok());
  for (const std::string& wrong :
       {std::string(), std::string("  "), std::string("two\nlines"), std::string(513, 't')})
    CHECK(check_title(wrong).error().code == Code::kTitleRule);

  CHECK(check_tags(std::vector<std::string>{"flu", "öl"}).ok());
  const std::vector<std::vector<std::string>> refused{
      {"a", "a"}, {"Flu"}, {"two words"}, {""}, {std::string(65, 't')}, std::vector<std::string>(17, "x")};
  for (const auto& wrong : refused)
    CHECK(check_tags(wrong).error().code == Code::kTagRule);
}

}  // namespace comity::community
