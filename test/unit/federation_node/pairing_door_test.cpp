// SPDX-License-Identifier: EUPL-1.2
// Whoever holds an invitation, at the door of a whole node; and what two nodes tell their operators of a
// pairing that does not come to its end.
#include "test/unit/federation_node/town.h"

namespace comity::sim::nodes {
namespace {

using federation::By;
using federation::Peering;
using federation::WallTime;
using std::chrono::minutes;
using std::chrono::seconds;

/// An invitation of health, and who calls with it under keys of his own making.
struct Found {
  Found() {
    REQUIRE(town.until([this] { return health.core() != nullptr; }));
    auto& trust = health.core()->feeds().trust();
    auto invited = trust.peering().invite({.name = "found"}, By::node(), trust.now());
    REQUIRE(invited.ok());
    invite = invited->id;
    text = invited->text;
    health.core()->world().federation().decide("found", std::move(invited->step),
                                               [](const federation::Status&) {});
    town.assembly.run_for(seconds(1));
  }
  void knock() {
    peer::Call call{.own_static = crypto::X25519KeyPair::generate(intruder.random())};
    call.purpose = peer::Purpose::kPair;
    call.invite = invite;
    call.expected = health.id();
    call.remote_static = health.transport();
    std::ranges::copy(peer_of(health, "found")->pairing->psk.view(), call.psk.writable().begin());
    call.self = {intruder.random().next<proto::AgencyId>(), 1, intruder.random().next<proto::Sha256Digest>()};
    intruder.hello = peer::hello_of(call.self);
    intruder.dial(health, std::move(call));
    town.assembly.run_for(seconds(1));
  }
  [[nodiscard]] std::size_t pairings() {
    return health.core()->world().federation().front_door()->pairings();
  }

  Town town{2};
  Agency& health = town.at(0);
  Agency& finance = town.at(1);
  proto::InviteId invite;
  std::string text;
  Intruder intruder{town.assembly, "intruder"};
};

}  // namespace

TEST_CASE("callers that show no key documents are out after ten seconds, and leave nothing") {
  Found found;
  for (int i = 0; i < 8; ++i)
    found.knock();
  CHECK(found.pairings() == 4);
  CHECK(found.intruder.notes.opens == 4);
  found.town.assembly.run_for(seconds(12));
  CHECK(found.pairings() == 0);
  CHECK(found.health.core()->world().federation().sessions() == 0);
  CHECK(peer_of(found.health, "found")->pairing->claims.empty());
  std::size_t late = 0;
  for (const peer::Ended& ended : found.intruder.ended)
    late += ended.theirs && ended.theirs->reason() == v1::REASON_TIMEOUT ? 1 : 0;
  CHECK(late == 4);
}

TEST_CASE("a pairing that waits for its operators goes on over the end of its sessions") {
  Found found;
  REQUIRE(decide(found.finance, "health", [&](Peering& peering, WallTime now) {
    return peering.accept(found.text, "health", false, By::node(), now);
  }));
  REQUIRE(found.town.until([&] { return peer_of(found.health, "found")->pairing->claims.size() == 1; }));
  // Nobody is at the phone for half an hour.
  found.town.assembly.run_for(minutes(30));
  CHECK(found.pairings() == 1);
  CHECK(peer_of(found.finance, "health")->last_error.code == proto::Code::kUnknown);
  CHECK(found.town.logged(found.finance, "peer.refused") == 0);
  CHECK(found.town.logged(found.health, "peer.claim") == 1);
  const auto verify = [](Agency& at, const std::string& name, Agency& other) {
    return decide(at, name, [&](Peering& peering, WallTime now) {
      return peering.verify(name, other.words(), By::node(), now);
    });
  };
  REQUIRE(verify(found.health, "found", found.finance));
  REQUIRE(verify(found.finance, "health", found.health));
  CHECK(found.town.until([&] { return found.town.connected(found.health, found.finance); }));
}

TEST_CASE("an operator hears why a pairing ended, and the node dials no more") {
  Found found;
  REQUIRE(decide(found.finance, "health", [&](Peering& peering, WallTime now) {
    return peering.accept(found.text, "health", false, By::node(), now);
  }));
  REQUIRE(found.town.until([&] { return peer_of(found.health, "found")->pairing->claims.size() == 1; }));
  REQUIRE(decide(found.health, "found",
                 [](Peering& peering, WallTime now) { return peering.abort("found", By::node(), now); }));
  found.town.assembly.run_for(seconds(5));
  const auto& door = *found.health.core()->world().federation().front_door();
  const auto accepted = door.counts().accepted;
  found.town.assembly.run_for(minutes(10));
  CHECK(door.counts().accepted == accepted);
  const federation::Peer& peer = *peer_of(found.finance, "health");
  CHECK(peer.stage == federation::Stage::kDeclined);
  CHECK(peer.last_error.code == proto::Code::kPeerRefused);
}

TEST_CASE(
    "a refusal in a pairing is what the operator sees, once on record, and is asked for ever more rarely") {
  Found found;
  // Four others were first: the fifth is told that no more may wait.
  federation::Peer* const peer = found.health.core()->feeds().trust().peers().change(found.invite);
  for (int i = 0; i < 4; ++i) {
    federation::Claim& claim = peer->pairing->claims.emplace_back();
    claim.agency = found.intruder.random().next<proto::AgencyId>();
  }
  REQUIRE(decide(found.finance, "health", [&](Peering& peering, WallTime now) {
    return peering.accept(found.text, "health", false, By::node(), now);
  }));
  found.town.assembly.run_for(minutes(20));
  const federation::Peer& seen = *peer_of(found.finance, "health");
  CHECK(seen.last_error.reason == v1::REASON_RATE);
  CHECK(seen.last_error.text.starts_with("RATE"));
  CHECK(found.town.logged(found.finance, "peer.refused") == 1);
  CHECK(found.health.core()->world().federation().front_door()->counts().sessions < 30);
}

}  // namespace comity::sim::nodes
