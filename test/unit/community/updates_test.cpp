// SPDX-License-Identifier: EUPL-1.2
#include "node/community/posts/updates.h"

#include <doctest/doctest.h>

#include "test/unit/community/world.h"

namespace comity::community {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

struct House {
  World world{81};
  Agency& health = world.add("health");
  Agency& finance = world.add("finance");
  PersonRow maria = health.person("maria");
  PersonRow ben = health.person("ben");
  PersonRow jo = finance.person("jo");

  House() { world.pair(health, finance); }
};

}  // namespace

TEST_CASE("an update for inside opens one space of all staff, and never leaves the agency") {
  House at;
  CHECK_FALSE(at.health.updates->inside());
  // Three at once, before there is a space.
  std::vector<Result<feed::Appended>> written;
  for (const char* text : {"one", "two", "three"})
    at.health.updates->send({.author = "maria", .text = text},
                            [&](Result<feed::Appended> result) { written.push_back(std::move(result)); });
  at.health.run();
  at.health.follow();
  REQUIRE(written.size() == 3);
  for (const auto& one : written)
    REQUIRE(one.ok());
  CHECK(at.health.staff_opened == 1);
  const auto staff = at.health.updates->inside();
  REQUIRE(staff);
  CHECK(at.health.spaces->find(*staff)->inside());
  CHECK(at.health.spaces->find(*staff)->slug() == "staff");
  CHECK(at.health.list(*staff, {.type = ContentType::kUpdate}, at.health.as("ben"))->posts.size() == 3);

  const auto view = at.health.show(written[0]->id, at.health.as("ben")).value();
  CHECK(view.kind == "update");
  CHECK(view.text == "one");
  CHECK(view.label == "AMBER+STRICT");
  CHECK(view.thread == view.id);

  // After a restart it is the same one.
  at.health.restart();
  REQUIRE(at.health.update({.author = "ben", .text = "four"}).ok());
  CHECK(at.health.updates->inside() == staff);
  CHECK(at.health.staff_opened == 1);
  at.world.exchange();
  CHECK(at.finance.spaces->find(*staff) == nullptr);
  CHECK(at.finance.show(written[0]->id).error().code == Code::kPostUnknown);
}

TEST_CASE("a shared space of that name is not taken for inside") {
  House at;
  const auto shared =
      at.health.create({.slug = "staff", .kind = v1::SPACE_KIND_SHARED, .members = {at.finance.self()}});
  REQUIRE(shared.ok());
  const auto written = at.health.update({.author = "maria", .text = "for us"});
  REQUIRE(written.ok());
  const auto staff = at.health.updates->inside();
  REQUIRE(staff);
  CHECK(*staff != *shared);
  CHECK(at.health.spaces->find(*staff)->slug() == "staff-inside");
  CHECK(at.health.show(written->id)->space == "staff-inside");
  at.world.exchange();
  CHECK(at.finance.show(written->id).error().code == Code::kPostUnknown);
}

TEST_CASE("an update in a shared space reaches its members, is answered there and withdrawn") {
  House at;
  const SpaceId space =
      at.health.create({.slug = "budget", .kind = v1::SPACE_KIND_SHARED, .members = {at.finance.self()}})
          .value();
  at.world.exchange();
  const auto update = at.health.update({.author = "maria", .space = space, .text = "The draft is out"});
  REQUIRE(update.ok());
  at.world.exchange();
  CHECK(at.finance.show(update->id)->text == "The draft is out");
  const auto reply = at.finance.reply({.author = "jo", .parent = update->id, .text = "Thanks"});
  REQUIRE(reply.ok());
  at.world.exchange();
  CHECK(texts(at.health.thread(update->id).value()) ==
        std::vector<std::string>{"The draft is out", "Thanks"});
  REQUIRE(at.health.withdraw({.author = "maria", .entry = update->id}).ok());
  at.world.exchange();
  CHECK(at.finance.show(update->id)->withdrawn);
  CHECK(at.finance.reply({.author = "jo", .parent = update->id, .text = "late"}).error().code ==
        Code::kPostWithdrawn);
}

TEST_CASE("what is no update is refused, and opens nothing") {
  House at;
  const auto code = [&](NewUpdate what) { return at.health.update(what).error().code; };
  CHECK(code({.author = "maria", .text = ""}) == Code::kTextEmpty);
  CHECK(code({.author = "maria", .text = " \n\t"}) == Code::kTextEmpty);
  CHECK(code({.author = "maria", .text = std::string(kUpdateBytes + 1, 'a')}) == Code::kTextTooLong);
  CHECK(code({.author = "maria", .text = "a\x07"}) == Code::kTextRule);
  CHECK(code({.author = "maria", .text = "pay \xe2\x80\xae now"}) == Code::kTextRule);
  CHECK(code({.author = "maria", .text = "\xff"}) == Code::kTextRule);
  CHECK_FALSE(at.health.updates->inside());
  CHECK(at.health.staff_opened == 0);
  CHECK(code({.author = "nobody", .text = "x"}) == Code::kUserUnknown);
  const std::string longest(kUpdateBytes, 'a');
  const auto written = at.health.update({.author = "maria", .text = longest});
  REQUIRE(written.ok());
  CHECK(at.health.show(written->id)->text == longest);

  auto disabled = set_disabled(*at.health.view(), "maria", true);
  REQUIRE(disabled.ok());
  REQUIRE(at.health.peer.node.store->commit(std::move(disabled->rows)).ok());
  CHECK(code({.author = "maria", .text = "x"}) == Code::kUserDisabled);
  // What she wrote stays, under her name.
  CHECK(at.health.show(written->id)->author == "maria@health");

  const auto message =
      at.health.message({.author = "ben", .to = {{at.finance.self(), at.jo.id}}, .text = "hi"});
  REQUIRE(message.ok());
  const auto circle = at.health.spaces->resolve(at.health.show(message->id, at.health.as("ben"))->space);
  CHECK(code({.author = "ben", .space = *circle, .text = "x"}) == Code::kSpaceKindRule);
  CHECK(code({.author = "ben", .text = "x", .label = Label{.tlp = v1::TLP_RED}}) == Code::kLabelAboveCeiling);
}

}  // namespace comity::community
