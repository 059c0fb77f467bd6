// SPDX-License-Identifier: EUPL-1.2
// A store that is put back from a copy of the same run: nothing that lies beside it tells.
#include "test/unit/federation_node/forum.h"

namespace comity::sim::nodes {
namespace {

struct Rollback : Forum {
  Rollback() : Forum(3) {}

  /// What health writes with its peers there or away, after the copy.
  feed::Appended write_and_lose(bool heard) {
    REQUIRE(arrives(finance, post(health, "kept").value().id));
    health.disk().copy();
    if (!heard) leave();
    const auto lost = post(health, "lost");
    REQUIRE(lost.ok());
    if (heard) {
      REQUIRE(arrives(finance, lost->id));
      leave();
    }
    health.restore(Machine::Crash::kQuiet);
    health.start();
    REQUIRE(town.until([this] { return health.core() != nullptr; }));
    CHECK(health.forgot_after(0));
    CHECK_FALSE(holds(health, lost->id));
    return *lost;
  }
  void leave() {
    for (Agency* const agency : {&finance, &justice})
      agency->stop();
    REQUIRE(town.until([this] { return !finance.machine().running() && !justice.machine().running(); }));
  }
  void come_back(Agency& agency) {
    agency.start();
    REQUIRE(town.until([this, &agency] { return town.connected(health, agency); }));
  }
  void check_unforked() {
    for (const auto& agency : town.assembly.agencies())
      CHECK(town.logged(*agency, "peer.fork") == 0);
    CHECK_FALSE(town.assembly.world().failure());
  }

  Agency& health = town.at(0);
  Agency& finance = town.at(1);
  Agency& justice = town.at(2);
};

}  // namespace

TEST_CASE(
    "what a member has seen comes back after a rollback that nothing else shows, and is never overwritten") {
  Rollback t;
  const feed::Appended lost = t.write_and_lose(true);
  t.come_back(t.finance);
  REQUIRE(t.arrives(t.health, lost.id));
  t.come_back(t.justice);
  const auto next = t.post(t.health, "next");
  REQUIRE(next.ok());
  CHECK(next->feed != lost.feed);
  for (const auto& agency : t.town.assembly.agencies()) {
    CHECK(t.arrives(*agency, next->id));
    CHECK(t.arrives(*agency, lost.id));
    CHECK(Forum::at_place(*agency, lost) == lost.id);
  }
  t.check_unforked();
}

TEST_CASE("while nobody answers, a node that was not stopped in order never goes on in its feed") {
  Rollback t;
  const feed::Appended lost = t.write_and_lose(true);
  // A member that has seen the lost one is away, and so is the other.
  const auto next = t.post(t.health, "next");
  REQUIRE(next.ok());
  CHECK(next->feed != lost.feed);
  t.come_back(t.finance);
  t.come_back(t.justice);
  for (const auto& agency : t.town.assembly.agencies()) {
    CHECK(t.arrives(*agency, next->id));
    CHECK(t.arrives(*agency, lost.id));
  }
  t.check_unforked();
}

TEST_CASE("what nobody else has seen is gone with the rollback, and another entry may take its place") {
  Rollback t;
  const feed::Appended lost = t.write_and_lose(false);
  t.come_back(t.finance);
  t.come_back(t.justice);
  const auto next = t.post(t.health, "next");
  REQUIRE(next.ok());
  for (const auto& agency : t.town.assembly.agencies()) {
    CHECK(t.arrives(*agency, next->id));
    CHECK_FALSE(Forum::holds(*agency, lost.id));
    if (next->feed == lost.feed) CHECK(Forum::at_place(*agency, lost) == next->id);
  }
  t.check_unforked();
}

}  // namespace comity::sim::nodes
