// SPDX-License-Identifier: EUPL-1.2
// Peers that are suspended or revoked, and what both sides are told.
#include <doctest/doctest.h>

#include "test/unit/federation_peering/line.h"

namespace comity::federation::test {

TEST_CASE("suspending tells them until when, and nothing flows until it is over") {
  Pair pair;
  Step step = *pair.health.peering->suspend("finance", hours(48), "incident 311", By::node(), kNow);
  REQUIRE(step.bye);
  CHECK(step.bye->reason() == v1::REASON_SUSPENDED);
  CHECK(step.bye->retry_after() == 48 * 3600);
  PeerSession theirs(*pair.finance.peering, {pair.health.id(), pair.health.transport()});
  pair.finance.apply(theirs.bye(*step.bye, kNow));
  pair.health.apply(std::move(step));
  CHECK(pair.finance.state("health") == PeerState::kSuspended);
  CHECK(pair.finance.peer("health").last_error.text == "SUSPENDED until 2027-03-03T00:00:00Z: incident 311");
  CHECK(pair.finance.logged("peer.refused") == 1);
  pair.health.restart();
  CHECK(pair.health.state("finance") == PeerState::kSuspended);
  CHECK_FALSE(pair.health.book->standings(SpaceId(), "x", kNow).front().active);
  CHECK_FALSE(pair.health.book->incoming_ceiling(pair.finance.id(), SpaceId(), "x", kNow));
  step = answer(pair.health, pair.finance, [](v1::Hello&) {});
  CHECK(failed(step) == Code::kPeerState);
  CHECK(step.bye->reason() == v1::REASON_SUSPENDED);
  CHECK(step.bye->text() == "incident 311");

  pair.health.now += hours(48);
  for (Step& each : pair.health.peering->tick(pair.health.now))
    pair.health.apply(std::move(each));
  CHECK(pair.health.logged("peer.resume") == 1);
  CHECK(pair.health.state("finance") == PeerState::kActive);
  pair.finance.now = pair.health.now;
  Line line(pair.health, pair.finance);
  line.open();
  CHECK(line.at_a.open());
  CHECK(pair.finance.state("health") == PeerState::kActive);

  pair.health.apply(pair.health.peering->suspend("finance", {}, "", By::node(), pair.health.now));
  pair.health.apply(pair.health.peering->resume("finance", By::node(), pair.health.now));
  CHECK(pair.health.state("finance") == PeerState::kActive);
  CHECK_FALSE(pair.health.peering->resume("finance", By::node(), pair.health.now).ok());
}

TEST_CASE("two that have suspended each other meet again once both have resumed, whoever was first") {
  Pair pair;
  Office& health = pair.health;
  Office& finance = pair.finance;
  const auto suspend = [](Office& here, const std::string& name, Office& there, const std::string& back) {
    Step step = *here.peering->suspend(name, {}, "a look at it", By::node(), kNow);
    PeerSession theirs(*there.peering, {here.id(), here.transport()});
    there.apply(theirs.bye(*step.bye, kNow));
    here.apply(std::move(step));
    CHECK(there.state(back) == PeerState::kSuspended);
  };
  suspend(health, "finance", finance, "health");
  CHECK_FALSE(health.peer("finance").is_called(kNow));
  CHECK(finance.peer("health").is_called(kNow));
  suspend(finance, "health", health, "finance");
  CHECK_FALSE(finance.peer("health").is_called(kNow));

  health.apply(health.peering->resume("finance", By::node(), kNow));
  health.restart();
  CHECK(health.state("finance") == PeerState::kSuspended);
  CHECK(health.peer("finance").is_called(kNow));
  {
    // A Hello is no word of theirs: the refusal comes behind it.
    Line line(health, finance);
    line.open();
    REQUIRE(line.bye);
    CHECK(line.bye->reason() == v1::REASON_SUSPENDED);
    CHECK(health.state("finance") == PeerState::kSuspended);
    CHECK(health.peer("finance").last_error.reason == v1::REASON_SUSPENDED);
  }
  finance.apply(finance.peering->resume("health", By::node(), kNow));
  CHECK(finance.state("health") == PeerState::kSuspended);
  Line line(health, finance);
  line.open();
  CHECK_FALSE(line.failure);
  CHECK(health.state("finance") == PeerState::kActive);
  CHECK(finance.state("health") == PeerState::kActive);
  CHECK(health.peer("finance").last_error.code == Code::kUnknown);
  finance.restart();
  CHECK(finance.state("health") == PeerState::kActive);
}

TEST_CASE("a revoked peer that calls is told so and calls no more") {
  Pair pair;
  pair.health.apply(pair.health.peering->revoke("finance", "it is over", By::node(), kNow));
  pair.health.restart();
  // It was not there then: its next call opens, and nothing but the reason comes back.
  REQUIRE(pair.health.book->session_psk(pair.finance.id()));
  CHECK(pair.health.peering->peer_of_static(pair.finance.transport(), kNow) == pair.finance.id());
  CHECK(pair.finance.peer("health").is_called(kNow));
  Step step = answer(pair.health, pair.finance, [](v1::Hello&) {});
  REQUIRE(step.bye);
  CHECK(step.bye->reason() == v1::REASON_REVOKED);
  CHECK(step.bye->text() == "it is over");
  CHECK(step.messages.empty());
  PeerSession theirs(*pair.finance.peering, {pair.health.id(), pair.health.transport()});
  pair.finance.apply(theirs.bye(*step.bye, kNow));
  pair.health.apply(std::move(step));
  CHECK(pair.health.logged("peer.refuse") == 1);
  CHECK(pair.finance.logged("peer.refused") == 1);
  CHECK(pair.finance.peer("health").last_error.text.find("REVOKED: it is over") != std::string::npos);
  CHECK_FALSE(pair.finance.peer("health").is_called(kNow));
  pair.finance.restart();
  CHECK_FALSE(pair.finance.peer("health").is_called(kNow));
  // An operator who has been told that it was a mistake may try.
  pair.finance.apply(pair.finance.peering->retry("health", By::node(), kNow));
  CHECK(pair.finance.peer("health").is_called(kNow));
}

TEST_CASE("a revoked peer is refused with its keys for ever, until a new invitation") {
  Pair pair;
  Step step = *pair.health.peering->revoke("finance", "agreement ended", By::node(), kNow);
  CHECK(step.bye->reason() == v1::REASON_REVOKED);
  pair.health.apply(std::move(step));
  pair.health.restart();
  CHECK(pair.health.state("finance") == PeerState::kRevoked);
  CHECK(pair.health.peering->dial("finance", kNow).error().code == Code::kPeerState);
  CHECK(pair.health.book->grant_psks(pair.finance.id()).empty());
  CHECK_FALSE(pair.health.book->incoming_ceiling(pair.finance.id(), SpaceId(), "x", kNow));
  const auto refused = pair.health.peering->suspend("finance", {}, "", By::node(), kNow);
  CHECK(refused.error().code == Code::kPeerState);

  pair.finance.apply(pair.finance.peering->revoke("health", "", By::node(), kNow));
  pair.finance.accept(pair.health.invite("finance"), "health");
  PairCall call(pair.health, pair.finance, pair.health.last_invite, pair.random);
  call.run();
  pair.health.verify("finance", pair.finance);
  pair.finance.verify("health", pair.health);
  call.poll();
  CHECK(pair.health.state("finance") == PeerState::kActive);
  CHECK(same_secret(pair.health, "finance", pair.finance, "health"));
}

}  // namespace comity::federation::test
