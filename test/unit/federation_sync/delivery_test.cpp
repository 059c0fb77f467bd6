// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/sync/delivery.h"

#include <doctest/doctest.h>

#include "test/unit/federation_sync/world.h"

namespace comity::federation {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

void add(v1::Audience& audience, const AgencyId& agency, std::uint64_t from) {
  v1::AudienceMember* const member = audience.add_member();
  member->set_agency(std::string(proto::as_text(agency.view())));
  member->set_from_seq(from);
}

}  // namespace

TEST_CASE("an entry is delivered to the members that may have it, each once, and to no relay") {
  SeededRandom random(3);
  const auto early = random.next<AgencyId>();
  const auto late = random.next<AgencyId>();
  const auto relay = random.next<AgencyId>();
  v1::Audience audience;
  add(audience, early, 1);
  add(audience, late, 2);
  add(audience, late, 5);
  audience.add_relay(std::string(proto::as_text(relay.view())));
  const auto holders = holders_of(audience, [&](const AgencyId& agency) -> Result<Seq> {
    CHECK(agency != relay);
    return agency == early ? Seq{7} : Seq{0};
  });
  REQUIRE(holders.ok());
  REQUIRE(holders->size() == 2);
  CHECK((*holders)[1].from == Seq{5});

  const Delivery before_late = delivery_of(*holders, Seq{4});
  CHECK(before_late.entitled == 1);
  CHECK(before_late.have() == 1);
  const Delivery half = delivery_of(*holders, Seq{5});
  CHECK(half.entitled == 2);
  CHECK(half.have() == 1);
  REQUIRE(half.waiting.size() == 1);
  CHECK(half.waiting[0].agency == late);
  CHECK(delivery_of(*holders, Seq{8}).waiting.size() == 2);
  CHECK(delivery_of({}, Seq{1}).entitled == 0);

  const auto failed = holders_of(audience, [](const AgencyId&) -> Result<Seq> {
    return Error{Code::kFeedDamaged, {}};
  });
  CHECK(failed.error().code == Code::kFeedDamaged);
  audience.add_member()->set_agency("short");
  CHECK_FALSE(holders_of(audience, [](const AgencyId&) -> Result<Seq> { return Seq{0}; }).ok());
}

TEST_CASE("the store knows who has confirmed an entry of ours, and says nothing of others' feeds") {
  World world(5);
  Site& a = world.add();
  Site& b = world.add();
  Site& c = world.add();
  const auto space = world.random.next<SpaceId>();
  const FeedId feed = a.open(space);
  const auto holders = [&](Site& at) {
    at.sync->tick();  // what peers said is written by it
    world.run();
    const auto view = at.peer.node.store->snapshot();
    REQUIRE(view.ok());
    auto found = stored_holders(**view, at.peer.node.storage_key, feed);
    REQUIRE(found.ok());
    return *found;
  };
  CHECK(holders(a).empty());
  a.audience(feed, {{b.id()}, {c.id()}});
  a.post(feed, space, 3);
  world.connect(a, b);
  world.run();
  const Delivery with_b = delivery_of(holders(a), a.head(feed));
  CHECK(with_b.entitled == 2);
  REQUIRE(with_b.waiting.size() == 1);
  CHECK(with_b.waiting[0].agency == c.id());
  CHECK(holders(b).empty());

  world.connect(a, c);
  world.run();
  CHECK(delivery_of(holders(a), a.head(feed)).waiting.empty());
  a.audience(feed, {{b.id()}});
  CHECK(delivery_of(holders(a), a.head(feed)).entitled == 1);
}

}  // namespace comity::federation
