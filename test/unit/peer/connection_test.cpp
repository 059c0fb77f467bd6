// SPDX-License-Identifier: EUPL-1.2
// Whole connections over a simulated network, in fair and in bad weather.
#include "node/peer/connection.h"

#include <doctest/doctest.h>

#include "test/sim/network.h"
#include "test/unit/peer/sim_node.h"

namespace comity::peer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Network {
  explicit Network(std::uint64_t seed = 1, sim::Faults faults = {})
      : world(seed, faults),
        a(world.add_machine("a"), sides.a, sides.a_claim),
        b(world.add_machine("b"), sides.b, sides.b_claim) {
    b.open_door();
  }
  Sides sides;
  sim::World world;
  SimNode a;
  SimNode b;
};

constexpr std::size_t kMessages = 100;

v1::Wire numbered(std::uint64_t number) {
  v1::Wire wire = batch_of(1, 1000);
  wire.mutable_batch()->mutable_entry(0)->set_body(std::string(1000 + number * 517 % 25'000, 'b') +
                                                   std::to_string(number));
  return wire;
}

v1::Bye closing() {
  v1::Bye bye;
  bye.set_reason(v1::REASON_CLOSING);
  return bye;
}

}  // namespace

TEST_CASE("a node dials another, messages pass both ways, and a Bye ends it on both sides") {
  Network net;
  net.a.notes.on_open = [](Session& session) { REQUIRE(session.send(v1::LANE_LIVE, numbered(1)).ok()); };
  net.b.notes.on_message = [](Session& session) { (void)session.send(v1::LANE_BACKFILL, numbered(2)); };
  net.a.notes.on_message = [](Session& session) { session.bye(closing()); };
  net.a.dial("b", net.sides.call());
  net.world.run_for(seconds(10));
  REQUIRE(net.b.notes.messages.size() == 1);
  REQUIRE(net.a.notes.messages.size() == 1);
  CHECK(net.a.notes.messages[0].SerializeAsString() == numbered(2).SerializeAsString());
  CHECK(net.a.notes.closes == 1);
  CHECK(net.b.notes.closes == 1);
  REQUIRE(net.b.notes.theirs);
  CHECK(net.b.notes.theirs->reason() == v1::REASON_CLOSING);
  REQUIRE(net.a.ended.size() == 1);
  CHECK(net.a.ended[0].opened);
  CHECK(net.a.ended[0].why.code == Code::kSessionEnded);
  CHECK(net.b.door->sessions() == 0);
  CHECK(net.b.door->counts().sessions == 1);
  CHECK(net.world.network().connections() == 0);
}

TEST_CASE("an idle session stays up by its pings for a day and then renews its handshake") {
  Network net;
  net.a.dial("b", net.sides.call());
  net.world.run_for(hours(23));
  CHECK(net.b.door->sessions() == 1);
  CHECK(net.a.notes.closes == 0);
  net.world.run_for(hours(1) + minutes(1));
  CHECK(net.b.door->sessions() == 0);
  CHECK(net.a.notes.why.code == Code::kSessionReplaced);
}

TEST_CASE("a connection that went silent is noticed on both sides within 80 seconds") {
  Network net;
  net.a.dial("b", net.sides.call());
  net.world.run_for(seconds(10));
  net.world.network().partition("a", "b");
  net.world.network().partition("b", "a");
  net.world.run_for(seconds(80));
  CHECK(net.a.notes.why.code == Code::kSessionSilent);
  CHECK(net.b.notes.why.code == Code::kSessionSilent);
  CHECK(net.a.notes.closes == 1);
  CHECK(net.b.notes.closes == 1);
}

TEST_CASE("a cancelled session still tells its handler, and leaves no task") {
  Network net;
  net.a.dial("b", net.sides.call());
  net.world.run_for(seconds(1));
  REQUIRE(net.a.notes.opens == 1);
  net.a.cancel_calls();
  net.world.run_for(seconds(1));
  CHECK(net.a.notes.closes == 1);
  CHECK(net.a.notes.why.code == Code::kCancelled);
  CHECK(net.b.notes.why.code == Code::kSessionCut);
  CHECK(net.a.calls() == 0);
}

TEST_CASE("what a handler throws ends its session only, after closed()") {
  Network net;
  net.b.notes.on_open = [](Session&) { throw std::logic_error("a broken handler"); };
  net.a.dial("b", net.sides.call());
  net.world.run_for(seconds(1));
  CHECK(net.b.notes.closes == 1);
  REQUIRE(net.b.failures.size() == 1);
  CHECK(net.b.failures[0].find("a broken handler") != std::string::npos);
  CHECK(net.b.door->sessions() == 0);
  net.b.notes.on_open = nullptr;
  net.a.dial("b", net.sides.call());
  net.world.run_for(seconds(1));
  CHECK(net.b.door->sessions() == 1);
}

TEST_CASE("a caller with the wrong shared key is refused without an answer to message 3") {
  Network net;
  Call call = net.sides.call();
  call.psk.writable()[5] ^= std::byte{1};
  net.a.dial("b", std::move(call));
  net.world.run_for(seconds(10));
  REQUIRE(net.a.ended.size() == 1);
  CHECK(net.a.ended[0].why.code == Code::kHandshakeRefused);
  CHECK_FALSE(net.a.ended[0].opened);
  CHECK(net.a.notes.opens == 0);
  CHECK(net.b.notes.closes == 0);
  CHECK(net.b.door->counts().strangers == 1);
}

TEST_CASE("a caller that expects another agency than the one that answers says Bye and stays closed") {
  Network net;
  Call call = net.sides.call();
  call.expected = net.sides.a_claim.agency;
  net.a.dial("b", std::move(call));
  net.world.run_for(seconds(10));
  CHECK(net.a.notes.opens == 0);
  CHECK(net.a.notes.why.code == Code::kHelloRule);
  REQUIRE(net.b.notes.theirs);
  CHECK(net.b.notes.theirs->reason() == v1::REASON_PROTOCOL);
}

TEST_CASE(
    "in bad weather what arrives is what was sent, in order; every session closes once; no task is left") {
  unsigned opened = 0;
  unsigned arrived = 0;
  unsigned cut = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    sim::Random random(seed, "weather");
    sim::Faults faults = sim::Faults::draw(random);
    faults.lost_dials = 0;
    Network net(seed, faults);
    std::uint64_t sent = 0;
    const auto send_some = [&sent](Session& session) {
      while (sent < kMessages && session.send(v1::LANE_LIVE, numbered(sent)).ok())
        ++sent;
    };
    net.a.notes.on_open = send_some;
    net.a.notes.on_room = [&](Session& session, v1::Lane) { send_some(session); };
    std::uint64_t granted = 0;
    net.b.notes.on_message = [&](Session& session) {
      const std::uint64_t size = net.b.notes.sizes.back();
      session.grant(v1::LANE_LIVE, 1, size);
      granted += size;
    };
    net.a.dial("b", net.sides.call());
    const auto decided = [&net] {
      return net.a.notes.closes != 0 || net.b.notes.messages.size() == kMessages;
    };
    (void)net.world.run_until(decided, net.world.now() + minutes(30));
    REQUIRE_FALSE(net.world.failure());
    for (std::size_t i = 0; i < net.b.notes.messages.size(); ++i)
      REQUIRE(net.b.notes.messages[i].SerializeAsString() == numbered(i).SerializeAsString());
    opened += net.a.notes.opens != 0 ? 1 : 0;
    arrived += net.b.notes.messages.size() == kMessages ? 1 : 0;
    cut += net.a.notes.closes != 0 ? 1 : 0;
    // Whatever lives goes on: only an end excuses what is missing.
    if (net.a.notes.opens != 0 && net.a.notes.closes == 0) CHECK(net.b.notes.messages.size() == kMessages);
    net.a.cancel_calls();
    net.world.run_for(minutes(2));
    CHECK(net.a.calls() == 0);
    CHECK(net.a.notes.closes == (net.a.ended.empty() || !net.a.ended[0].met ? 0 : 1));
    CHECK(net.b.notes.closes == static_cast<int>(net.b.door->counts().sessions));
    CHECK(net.b.door->sessions() == 0);
    CHECK(net.a.failures.empty());
    CHECK(net.b.failures.empty());
  }
  MESSAGE("of 25: opened " << opened << ", all arrived " << arrived << ", cut " << cut);
  CHECK(opened > 15);
  CHECK(arrived > 5);
  CHECK(cut > 10);
}

}  // namespace comity::peer
