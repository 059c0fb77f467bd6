// SPDX-License-Identifier: EUPL-1.2
// Circles and private messages: the people named, and nobody else, at whichever agency.
#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct Three {
  World world;
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  Agency& justice = world.add("justice");
  PersonRow maria = health.person("maria");
  PersonRow bob = health.person("bob");
  PersonRow jo = finance.person("jo");
  PersonRow ann = finance.person("ann");
  PersonRow ada = justice.person("ada");

  explicit Three(std::uint64_t seed = 51, v1::Tlp ceiling = v1::TLP_AMBER) : world(seed) {
    world.pair(health, finance, ceiling);
    world.pair(health, justice, ceiling);
    world.pair(finance, justice, ceiling);
    settle();
  }
  void settle() {
    for (const auto& agency : world.agencies)
      agency->refresh();
    world.exchange();
  }
  Person one(Agency& agency, const PersonRow& row) const { return {agency.self(), row.id}; }
  NewMessage to_jo(std::string text) {
    return {.author = "maria", .to = {one(finance, jo)}, .text = std::move(text)};
  }
};

std::vector<const Space*> circles(const Agency& at) {
  std::vector<const Space*> out;
  for (const Space* space : at.spaces->list()) {
    if (space->circle()) out.push_back(space);
  }
  return out;
}

}  // namespace

TEST_CASE("a message opens a circle of its people, and the next one finds it again from either side") {
  Three at;
  const auto first = at.health.message(at.to_jo("hello"));
  REQUIRE_MESSAGE(first.ok(), (first.ok() ? std::string() : proto::to_string(first.error())));
  at.world.exchange();
  const auto seen = at.finance.show(first->id, at.finance.as("jo"));
  REQUIRE(seen.ok());
  CHECK(seen->text == "hello");
  CHECK(seen->title.empty());
  CHECK(seen->author == "maria@health");
  CHECK(seen->label == "AMBER");

  REQUIRE(at.health.message(at.to_jo("again")).ok());
  const auto back =
      at.finance.message({.author = "jo", .to = {at.one(at.health, at.maria)}, .text = "hello too"});
  REQUIRE(back.ok());
  at.world.exchange();
  REQUIRE(circles(at.health).size() == 1);
  REQUIRE(circles(at.finance).size() == 1);
  CHECK(circles(at.justice).empty());
  const SpaceId circle = circles(at.health)[0]->id();
  auto in_it = texts(*at.health.list(circle, {}, at.health.as("maria")));
  std::sort(in_it.begin(), in_it.end());
  CHECK(in_it == std::vector<std::string>{"again", "hello", "hello too"});
  CHECK(at.finance.list(circle, {}, at.finance.as("jo"))->posts.size() == 3);

  // Another set is another circle, the same people in whatever order and number are not.
  REQUIRE(at.health
              .message({.author = "maria",
                        .to = {at.one(at.finance, at.jo), at.one(at.justice, at.ada)},
                        .text = "we three"})
              .ok());
  REQUIRE(at.health
              .message({.author = "maria",
                        .to = {at.one(at.justice, at.ada), at.one(at.finance, at.jo),
                               at.one(at.health, at.maria), at.one(at.justice, at.ada)},
                        .text = "again"})
              .ok());
  CHECK(circles(at.health).size() == 2);
  at.world.exchange();
  CHECK(circles(at.justice).size() == 1);
}

TEST_CASE("two that are begun at once become one for what follows") {
  Three at;
  REQUIRE(at.health.message(at.to_jo("from health")).ok());
  REQUIRE(
      at.finance.message({.author = "jo", .to = {at.one(at.health, at.maria)}, .text = "from finance"}).ok());
  at.world.exchange();
  REQUIRE(circles(at.health).size() == 2);
  REQUIRE(at.health.message(at.to_jo("next")).ok());
  REQUIRE(at.finance.message({.author = "jo", .to = {at.one(at.health, at.maria)}, .text = "next too"}).ok());
  at.world.exchange();
  const std::vector<Person> people = circles(at.health)[0]->people();
  const auto chosen = at.health.spaces->circle_of(people);
  CHECK(chosen == at.finance.spaces->circle_of(people));
  CHECK(at.health.list(*chosen, {}, at.health.as("maria"))->posts.size() == 3);

  // Two messages before the circle is there open one.
  Three fresh(52);
  std::size_t posted = 0;
  for (const char* text : {"a", "b"})
    fresh.health.messages->send(fresh.to_jo(text),
                                [&](const Result<feed::Appended>& done) { posted += done.ok() ? 1 : 0; });
  fresh.health.run();
  CHECK(posted == 2);
  CHECK(circles(fresh.health).size() == 1);
}

TEST_CASE("a circle is RED where the agreements admit it") {
  Three at(53, v1::TLP_RED);
  const auto sent = at.health.message(at.to_jo("hello"));
  CHECK(at.health.show(sent->id, at.health.as("maria"))->label == "RED");
  CHECK(at.health
            .message({.author = "maria",
                      .to = {at.one(at.finance, at.jo)},
                      .text = "x",
                      .label = Label{.tlp = v1::TLP_GREEN}})
            .ok());
}

TEST_CASE("messages that cannot be sent open nothing") {
  Three at;
  const auto refused = [&](const NewMessage& what, Code code) {
    const auto sent = at.health.message(what);
    REQUIRE_FALSE(sent.ok());
    CHECK(sent.error().code == code);
    CHECK(circles(at.health).empty());
  };
  refused(at.to_jo(""), Code::kTextEmpty);
  refused(at.to_jo(std::string(256 * 1024 + 1, 'a')), Code::kTextTooLong);
  refused(at.to_jo("a\u202eb"), Code::kTextRule);
  refused({.author = "nobody", .to = {at.one(at.finance, at.jo)}, .text = "x"}, Code::kUserUnknown);
  refused({.author = "maria", .to = {at.one(at.health, at.maria)}, .text = "x"}, Code::kSpaceKindRule);
  NewMessage titled = at.to_jo("x");
  titled.title = "two\nlines";
  refused(titled, Code::kTitleRule);
  NewMessage many{.author = "maria", .text = "x"};
  for (int i = 0; i < 129; ++i)
    many.to.push_back({at.finance.self(), at.world.random.next<UserId>()});
  refused(many, Code::kSpaceKindRule);
  at.health.standings[0].active = false;
  const auto sent = at.health.message(at.to_jo("x"));
  CHECK(sent.error().code == Code::kNamesOutsideAudience);
  CHECK(sent.error().detail == "finance: the agreement is not in force");
  CHECK(circles(at.health).empty());
}

TEST_CASE("to whom a circle is closed, its name, its list and its events are as if it were not there") {
  Three at;
  const auto cursor = events_now(*at.finance.peer.node.store, 0).value();
  const auto circle = at.health.create({.slug = "talk",
                                        .kind = v1::SPACE_KIND_CIRCLE,
                                        .people = {at.one(at.health, at.maria), at.one(at.finance, at.jo)}});
  const auto post = at.health.post({.author = "maria", .space = *circle, .title = "t", .text = "x"});
  at.world.exchange();
  const Reader staff{};
  for (const Reader& reader : {at.finance.as("ann"), Agency::op(), staff}) {
    CHECK(at.finance.show(post->id, reader).error().code == Code::kPostUnknown);
    CHECK(at.finance.thread(post->id, {}, reader).error().code == Code::kPostUnknown);
    CHECK(at.finance.list(*circle, {}, reader).error().code == Code::kSpaceUnknown);
    CHECK(at.finance.events(cursor, {}, reader)->events.empty());
  }
  CHECK(at.finance.events(cursor, {}, at.finance.as("jo"))->events.size() == 1);
  CHECK(at.finance.spaces->resolve("talk", at.finance.as("jo")).value() == *circle);
  CHECK(at.finance.spaces->resolve("talk", at.finance.as("ann")).error().code == Code::kSpaceUnknown);
  CHECK(at.finance.spaces->resolve(id_text(*circle), at.finance.as("ann")).error().code ==
        Code::kSpaceUnknown);
  CHECK(at.finance.post({.author = "ann", .space = *circle, .title = "t", .text = "x"}).error().code ==
        Code::kSpaceUnknown);
  CHECK(at.finance.reply({.author = "ann", .parent = post->id, .text = "x"}).error().code ==
        Code::kPostUnknown);
  CHECK(at.finance.withdraw({.author = "ann", .entry = post->id}).error().code == Code::kPostUnknown);
  // Partners are told how many of ours may read it: those in the circle, not all staff.
  REQUIRE(at.finance.reply({.author = "jo", .parent = post->id, .text = "yes"}).ok());
  CHECK(at.finance.spaces->find(*circle)->audience.reader_count() == 1);
}

TEST_CASE("a moderator hides others' entries where the agency may, and no other member does") {
  Three at;
  auto planned = add_person(*at.health.view(), {.handle = "mod", .role = Role::kModerator}, at.world.random,
                            at.health.peer.node.now);
  REQUIRE(at.health.peer.node.store->commit(std::move(planned->rows)).ok());
  auto other = add_person(*at.finance.view(), {.handle = "mod", .role = Role::kModerator}, at.world.random,
                          at.finance.peer.node.now);
  REQUIRE(at.finance.peer.node.store->commit(std::move(other->rows)).ok());
  const auto space =
      at.health.create({.slug = "forum", .kind = v1::SPACE_KIND_SHARED, .members = {at.finance.self()}});
  at.world.exchange();
  const auto ours = at.health.post({.author = "maria", .space = *space, .title = "t", .text = "ours"});
  at.world.exchange();
  const auto theirs = at.finance.post({.author = "jo", .space = *space, .title = "t", .text = "theirs"});
  at.world.exchange();
  CHECK(at.health.withdraw({.author = "bob", .entry = ours->id}).error().code == Code::kNotAuthor);
  // Finance is a writer there: its moderators answer for its own people only.
  CHECK(at.finance.withdraw({.author = "mod", .entry = ours->id}).error().code == Code::kNotAuthor);
  REQUIRE(at.health.withdraw({.author = "mod", .entry = theirs->id, .reason = "off topic"}).ok());
  at.world.exchange();
  const auto hidden = at.finance.show(theirs->id);
  CHECK(hidden->withdrawn);
  CHECK(hidden->withdrawn_reason == "moderation");
  CHECK(hidden->withdrawn_by == "mod@health");
}

TEST_CASE("random circles, posts and readers: who sees what agrees with an obvious twin") {
  for (std::uint64_t seed = 60; seed < 64; ++seed) {
    Three at(seed);
    struct Somebody {
      Agency* agency;
      PersonRow row;
    };
    const std::vector<Somebody> all{{&at.health, at.maria},
                                    {&at.health, at.bob},
                                    {&at.finance, at.jo},
                                    {&at.finance, at.ann},
                                    {&at.justice, at.ada}};
    struct Sent {
      EntryId entry;
      std::set<std::size_t> people;
      std::string text;
    };
    std::vector<Sent> sent;
    std::set<std::set<std::size_t>> sets;
    for (int i = 0; i < 14; ++i) {
      const std::size_t author = at.world.random.below(all.size());
      std::set<std::size_t> people{author};
      while (people.size() < 2 || at.world.random.chance(40))
        people.insert(at.world.random.below(all.size()));
      NewMessage what{.author = all[author].row.handle, .text = "message " + std::to_string(i)};
      for (const std::size_t who : people)
        what.to.push_back({all[who].agency->self(), all[who].row.id});
      const auto done = all[author].agency->message(what);
      REQUIRE_MESSAGE(done.ok(), (done.ok() ? std::string() : proto::to_string(done.error())));
      sent.push_back({done->id, people, what.text});
      sets.insert(people);
      at.world.exchange();
    }
    for (const auto& agency : at.world.agencies) {
      std::size_t wanted = 0;
      for (const auto& set : sets) {
        wanted += std::any_of(set.begin(), set.end(),
                              [&](std::size_t who) { return all[who].agency == agency.get(); })
                      ? 1
                      : 0;
      }
      CHECK(circles(*agency).size() == wanted);
    }
    for (const Sent& one : sent) {
      for (std::size_t who = 0; who < all.size(); ++who) {
        const auto seen = all[who].agency->show(one.entry, all[who].agency->as(all[who].row.handle));
        CHECK(seen.ok() == one.people.contains(who));
        if (seen.ok()) CHECK(seen->text == one.text);
      }
      for (const auto& agency : at.world.agencies) {
        CHECK_FALSE(agency->show(one.entry).ok());
        CHECK_FALSE(agency->show(one.entry, Reader{}).ok());
      }
    }
  }
}

}  // namespace comity::community
