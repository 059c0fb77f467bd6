// SPDX-License-Identifier: EUPL-1.2
// Directories: what an agency tells its partners of its people, and what they make of it.
#include <doctest/doctest.h>

#include "node/community/people/profile.h"
#include "node/community/posts/compose.h"
#include "proto/decode.h"
#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Partners {
  World world{31};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  Agency& justice = world.add("justice");
  PersonRow maria = health.person("maria", "Statistics", {"law", "statistics"});
  PersonRow jo = finance.person("jo", "Budget", {"budget law"});
  PersonRow ada = justice.person("ada");

  Partners() {
    world.pair(health, finance);
    world.pair(health, justice);
    settle();
  }
  void settle() {
    for (const auto& agency : world.agencies)
      agency->refresh();
    world.exchange();
  }
  static std::vector<std::string> found(Agency& at, const PeopleQuery& query,
                                        const Reader& reader = Agency::op()) {
    std::vector<std::string> out;
    const auto page = at.search(query, reader);
    REQUIRE_MESSAGE(page.ok(), (page.ok() ? std::string() : proto::to_string(page.error())));
    for (const KnownPerson& person : page->people)
      out.push_back(address_text(person));
    return out;
  }
  /// A card that the agency's node would not make.
  static void hostile(Agency& at, const Person& author, const v1::ProfileCard& card) {
    const Space* const space = at.spaces->find(at.spaces->own_directory().value());
    auto decision = at.spaces->release(space->id(), {.tlp = v1::TLP_AMBER}, {});
    REQUIRE(decision.ok());
    v1::ProfileCard one;
    one.set_handle("x");
    v1::Content content = card_content(author, one);
    content.set_data(card.SerializeAsString());
    const auto packed = feed::pack(proto::encode(content));
    const auto stored = at.written([&](OnPosted done) {
      at.peer.node.writer->append(space->membership.feed, feed::content_draft(*decision, *packed, done));
    });
    REQUIRE(stored.ok());
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a directory is opened with the first peer, and its cards reach the partners who agreed") {
  Partners at;
  CHECK(at.health.directories_opened == 1);
  CHECK(at.health.troubles.empty());
  const auto card = at.finance.named("maria", at.health.self());
  REQUIRE(card.ok());
  CHECK(card->id == Person{at.health.self(), at.maria.id});
  CHECK(card->card.name() == "Name of maria");
  CHECK(card->card.unit() == "Statistics");
  CHECK(card->card.skill_size() == 2);
  CHECK(address_text(*card) == "maria@health");
  CHECK(at.justice.named("maria", at.health.self()).ok());
  // Finance and justice are no peers.
  CHECK(at.justice.named("jo", at.finance.self()).error().code == Code::kUserUnknown);
  CHECK(Partners::found(at.finance, {.skill = "Law"}) == Texts{"maria@health"});
  CHECK(Partners::found(at.health, {}) == Texts{"maria@health", "jo@finance", "ada@justice"});

  // Who only reads tells nobody that it does.
  const SpaceId there = at.health.spaces->own_directory().value();
  CHECK(at.finance.spaces->find(there)->standing(at.finance.self()) == Standing::kJoined);
  CHECK(at.finance.spaces->find(there)->membership.feed.is_zero());
  CHECK(at.finance.post({.author = "jo", .space = there, .title = "t", .text = "x"}).error().code ==
        Code::kSpaceKindRule);
  CHECK_FALSE(at.finance.spaces->door(at.justice.self(), there).allowed);
  CHECK(at.finance.spaces->door(at.health.self(), there).allowed);
}

TEST_CASE("nothing new is told twice, and a change replaces the card before it") {
  Partners at;
  const FeedId feed = at.health.spaces->find(at.health.spaces->own_directory().value())->membership.feed;
  const auto held = at.health.peer.stored(feed).size();
  at.health.refresh();
  at.health.restart();
  at.health.refresh();
  CHECK(at.health.peer.stored(feed).size() == held);

  REQUIRE(
      at.health
          .change("maria",
                  {.unit = "Press", .skills = Texts{"Writing", " law ", "LAW"}, .mail = "m@health.example"})
          .ok());
  at.settle();
  CHECK(at.health.peer.stored(feed).size() == held + 1);
  auto card = at.finance.named("maria", at.health.self());
  CHECK(card->card.unit() == "Press");
  CHECK(Texts(card->card.skill().begin(), card->card.skill().end()) == Texts{"writing", "law"});
  CHECK(card->card.mail().empty());
  CHECK(Partners::found(at.finance, {.skill = "statistics"}).empty());
  REQUIRE(at.health.change("maria", {.contact = true}).ok());
  at.settle();
  CHECK(at.finance.named("maria", at.health.self())->card.mail() == "m@health.example");
}

TEST_CASE("who wants nothing released is withdrawn, and comes back when they do") {
  Partners at;
  at.health.person("ben");
  REQUIRE(at.health.change("ben", {.listed = false}).ok());
  at.settle();
  CHECK_FALSE(at.finance.named("ben", at.health.self()).ok());
  REQUIRE(at.health.change("maria", {.listed = false}).ok());
  at.settle();
  CHECK(at.finance.named("maria", at.health.self()).error().code == Code::kUserUnknown);
  CHECK(Partners::found(at.finance, {.agency = at.health.self()}).empty());
  CHECK(at.health.named("maria", at.health.self()).ok());
  REQUIRE(at.health.change("maria", {.listed = true}).ok());
  at.settle();
  CHECK(at.finance.named("maria", at.health.self()).ok());
  CHECK(at.health.troubles.empty());
}

TEST_CASE("who leaves is found no more, and keeps the name on what they wrote") {
  Partners at;
  const auto space =
      at.health.create({.slug = "forum", .kind = v1::SPACE_KIND_SHARED, .members = {at.finance.self()}});
  at.world.exchange();
  const auto post = at.health.post({.author = "maria", .space = *space, .title = "t", .text = "x"});
  auto planned = set_disabled(*at.health.view(), "maria", true);
  REQUIRE(at.health.peer.node.store->commit(std::move(planned->rows)).ok());
  at.settle();
  CHECK(Partners::found(at.finance, {.agency = at.health.self()}).empty());
  const auto card = at.finance.named("maria", at.health.self());
  REQUIRE(card.ok());
  CHECK(card->card.left());
  CHECK(card->card.skill_size() == 0);
  CHECK(at.finance.show(post->id)->author == "maria@health");
  CHECK(at.finance.show(post->id)->author_name == "Name of maria");
  CHECK(at.health.post({.author = "maria", .space = *space, .title = "t", .text = "y"}).error().code ==
        Code::kUserDisabled);
  planned = set_disabled(*at.health.view(), "maria", false);
  REQUIRE(at.health.peer.node.store->commit(std::move(planned->rows)).ok());
  at.settle();
  CHECK_FALSE(at.finance.named("maria", at.health.self())->card.left());
}

TEST_CASE("an agreement that does not cover the directory releases nothing") {
  for (const int what : {0, 1, 2, 3}) {
    World world{40U + static_cast<std::uint64_t>(what)};
    Agency& health = world.add("health");
    Agency& finance = world.add("finance");
    health.person("maria");
    world.pair(health, finance);
    auto& standing = health.standings[0];
    if (what == 0) standing.space_allowed = false;
    if (what == 1) standing.may_send = false;
    if (what == 2) standing.ceiling = {.tlp = v1::TLP_GREEN};
    if (what == 3) health.publish = false;
    health.spaces->peers_changed();
    health.refresh();
    CHECK(health.directories_opened == 0);
    world.exchange();
    CHECK(finance.spaces->list().empty());

    // Allowed for a while, then no more: what was told stays, and nothing follows.
    const auto before = standing;
    standing = {.agency = finance.self(),
                .active = true,
                .may_send = true,
                .space_allowed = true,
                .ceiling = {.tlp = v1::TLP_AMBER}};
    health.publish = true;
    health.spaces->peers_changed();
    health.refresh();
    world.exchange();
    CHECK(finance.named("maria", health.self()).ok());
    health.standings[0] = before;
    health.publish = what != 3;
    health.spaces->peers_changed();
    health.refresh();
    health.person("later");
    REQUIRE(health.change("maria", {.unit = "New"}).ok());
    health.refresh();
    world.exchange();
    CHECK_FALSE(finance.named("later", health.self()).ok());
    CHECK(finance.named("maria", health.self())->card.unit().empty());
    CHECK(rules_of(health.spaces->find(health.spaces->own_directory().value())->manifest).members.size() ==
          1);
  }
}

TEST_CASE("the people of a suspended agency are nobody, until it is back") {
  Partners at;
  const Person maria{at.health.self(), at.maria.id};
  at.finance.hidden.insert(at.health.self());
  at.finance.spaces->peers_changed();
  at.finance.run();
  CHECK(Partners::found(at.finance, {}) == Texts{"jo@finance"});
  CHECK(at.finance.named("maria", at.health.self()).error().code == Code::kUserUnknown);
  CHECK(at.finance.named(id_text(maria.user), at.health.self()).error().code == Code::kUserUnknown);
  CHECK_FALSE(
      at.finance.people(Agency::op(), [&](const PeopleReader& read) { return read.find(maria); }).value());
  at.finance.hidden.clear();
  at.finance.spaces->peers_changed();
  at.finance.run();
  CHECK(Partners::found(at.finance, {}) == Texts{"jo@finance", "maria@health"});
}

TEST_CASE("a directory that is open to listed people shows to nobody else") {
  Partners at;
  at.finance.person("ann");
  const SpaceId there = at.health.spaces->own_directory().value();
  REQUIRE(
      at.finance.finish([&](Done done) { at.finance.spaces->add_reader(there, {.user = at.jo.id}, done); })
          .ok());
  CHECK(Partners::found(at.finance, {.agency = at.health.self()}, at.finance.as("jo")) ==
        Texts{"maria@health"});
  CHECK(Partners::found(at.finance, {.agency = at.health.self()}, at.finance.as("ann")).empty());
  CHECK(at.finance.named("maria", at.health.self(), at.finance.as("ann")).error().code == Code::kUserUnknown);
}

TEST_CASE("hostile cards are no cards: what was told before holds") {
  Partners at;
  const Person maria{at.health.self(), at.maria.id};
  v1::ProfileCard good;
  good.set_handle("maria");
  good.set_name("Maria");
  const auto broken = [&](auto change) {
    v1::ProfileCard card = good;
    change(card);
    Partners::hostile(at.health, maria, card);
  };
  broken([](auto& card) { card.set_name("Ma\x1b[2Jria"); });
  broken([](auto& card) { card.set_name("Maria\u202eairaM"); });
  broken([](auto& card) { card.set_unit("two\nlines"); });
  broken([](auto& card) { card.set_handle("../maria"); });
  broken([](auto& card) { card.set_handle("jo@finance"); });
  broken([](auto& card) { card.set_mail("a\tb"); });
  broken([](auto& card) { card.set_about("a\u2066b"); });
  broken([](auto& card) { card.add_language("n b"); });
  broken([](auto& card) { card.add_skill("law"), card.add_skill("law"); });
  broken([](auto& card) {
    for (int i = 0; i < 65; ++i)
      card.add_skill("skill " + std::to_string(i));
  });
  broken([](auto& card) { card.set_about(std::string(8193, 'a')); });
  broken([](auto& card) { card.set_name(std::string(257, 'a')); });
  // An agency speaks for its own people only, whatever the card says.
  good.set_name("Somebody else");
  Partners::hostile(at.health, {at.finance.self(), at.jo.id}, good);
  at.world.exchange();
  CHECK(at.finance.named("maria", at.health.self())->card.name() == "Name of maria");
  CHECK(at.justice.named("maria", at.finance.self()).error().code == Code::kUserUnknown);
  CHECK(at.finance.named("jo", at.finance.self())->card.name() == "Name of jo");

  v1::ProfileCard full;
  full.set_handle("maria");
  for (int i = 0; i < 64; ++i)
    full.add_skill("skill " + std::to_string(i));
  full.set_about(std::string(8192, 'a'));
  Partners::hostile(at.health, maria, full);
  at.world.exchange();
  CHECK(at.finance.named("maria", at.health.self())->card.skill_size() == 64);
  CHECK(Partners::found(at.finance, {.skill = "skill 63"}) == Texts{"maria@health"});
}

TEST_CASE("one sign-in name for two people of an agency has to be told apart") {
  Partners at;
  v1::ProfileCard card;
  card.set_handle("maria");
  card.set_name("Another Maria");
  const Person other{at.health.self(), at.world.random.next<UserId>()};
  Partners::hostile(at.health, other, card);
  at.world.exchange();
  const auto both = at.finance.named("maria", at.health.self());
  CHECK(both.error().code == Code::kUserUnknown);
  CHECK(both.error().detail.find("several people") != std::string::npos);
  const std::string mark = "maria~" + short_text(other.user);
  CHECK(at.finance.named(mark, at.health.self())->card.name() == "Another Maria");
  CHECK(at.finance.named(id_text(at.maria.id), at.health.self())->card.name() == "Name of maria");
  CHECK(at.finance.named("maria~" + std::string(52, 'a'), at.health.self()).error().code ==
        Code::kUserUnknown);
  const auto known =
      at.finance.people(Agency::op(), [&](const PeopleReader& read) { return read.find(other); });
  CHECK(address_text(known->value()) == mark + "@health");
  // One of them takes another name: both are clear again.
  card.set_handle("marie");
  Partners::hostile(at.health, other, card);
  at.world.exchange();
  CHECK(at.finance.named("maria", at.health.self())->card.name() == "Name of maria");
  CHECK(at.finance.named("marie", at.health.self())->card.name() == "Another Maria");
}

TEST_CASE("an agency has one directory; a second one is not joined by itself") {
  Partners at;
  CHECK(at.health.create({.slug = "more", .kind = v1::SPACE_KIND_DIRECTORY}).error().code ==
        Code::kSpaceKindRule);
  CHECK(
      at.health
          .create(
              {.slug = "more", .kind = v1::SPACE_KIND_DIRECTORY, .people = {{at.health.self(), at.maria.id}}})
          .error()
          .code == Code::kSpaceKindRule);
  REQUIRE(at.finance
              .finish([&](Done done) {
                at.finance.spaces->leave(at.health.spaces->own_directory().value(), done);
              })
              .ok());
  CHECK(at.finance.named("maria", at.health.self()).ok());
  CHECK_FALSE(at.finance.spaces->door(at.health.self(), at.health.spaces->own_directory().value()).allowed);
}

TEST_CASE("people are found by the beginnings of words, whatever case and accents, in pages") {
  World world(5);
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  for (int i = 0; i < 30; ++i)
    health.person("p" + std::to_string(100 + i), i % 2 == 0 ? "Müller-Haus" : "Press");
  for (int i = 0; i < 7; ++i)
    finance.person("f" + std::to_string(i), "MÜLLER");
  world.pair(health, finance);
  health.refresh();
  finance.refresh();
  world.exchange();
  Texts seen;
  std::string after;
  do {
    const auto page = finance.search({.text = "muller nam", .after = after, .limit = 4});
    REQUIRE(page.ok());
    for (const KnownPerson& person : page->people)
      seen.push_back(address_text(person));
    after = page->next;
  } while (!after.empty());
  REQUIRE(seen.size() == 22);
  CHECK(seen.front() == "f0@finance");
  CHECK(seen[7] == "p100@health");
  CHECK(std::is_sorted(seen.begin() + 7, seen.end()));
  CHECK(Partners::found(finance, {.text = "haus p10"}).size() == 5);
  CHECK(Partners::found(finance, {.text = "ouse"}).empty());
  CHECK(finance.search({.text = "..."}).error().code == Code::kQueryRule);
  CHECK(finance.search({.text = std::string(257, 'a')}).error().code == Code::kQueryRule);
  CHECK(finance.search({.text = "a b c d e f g h i j k l m n o p q"}).error().code == Code::kQueryRule);
  CHECK(finance.search({.after = "nowhere"}).error().code == Code::kIdRule);
  CHECK(finance.search({.limit = 0}).error().code == Code::kStoreBounds);
  CHECK(finance.search({.limit = 101}).error().code == Code::kStoreBounds);
}

TEST_CASE("what was told builds again from the entries") {
  Partners at;
  REQUIRE(at.health.change("maria", {.unit = "Press"}).ok());
  at.settle();
  const auto live = at.finance.projection_hash();
  REQUIRE(feed::reindex(*at.finance.peer.node.store, at.finance.peer.node.storage_key,
                        at.finance.peer.node.projections, at.finance.followers, {})
              .ok());
  CHECK(at.finance.projection_hash() == live);
  CHECK(at.finance.named("maria", at.health.self())->card.unit() == "Press");
}

}  // namespace comity::community
