// SPDX-License-Identifier: EUPL-1.2
// A peer with valid keys that says it is another one.
#include "test/unit/federation_node/town.h"

namespace comity::sim::nodes {
namespace {

using std::chrono::seconds;

struct Street {
  Street() {
    town.pair(health, finance);
    town.pair(health, justice);
    // Its keys are used by somebody else from here on.
    justice.stop();
    REQUIRE(town.until([this] { return !justice.machine().running(); }));
  }

  /// A call of justice to health in the name of `who`.
  peer::Call call(Agency& who) {
    peer::Call call{.own_static = justice.keys().transport.clone()};
    call.expected = health.id();
    call.remote_static = health.transport();
    call.psk = health.core()->feeds().trust().peers().session_psk(justice.id()).value();
    call.self = {who.id(), 1, intruder.random().next<proto::Sha256Digest>()};
    return call;
  }
  /// Dials so, and says Hello as that instance.
  void speak_as(Agency& who, const proto::InstanceId& instance, std::uint64_t boots) {
    peer::Call as = call(who);
    intruder.hello = peer::hello_of(as.self);
    intruder.hello.set_instance(std::string(proto::as_text(instance.view())));
    intruder.hello.set_boot_count(boots);
    intruder.hello.set_hlc(static_cast<std::uint64_t>(
                               std::chrono::floor<std::chrono::milliseconds>(town.assembly.world().wall_now())
                                   .time_since_epoch()
                                   .count())
                           << 16U);
    intruder.dial(health, std::move(as));
    town.assembly.run_for(seconds(4));
  }

  Town town{3};
  Agency& health = town.at(0);
  Agency& finance = town.at(1);
  Agency& justice = town.at(2);
  Intruder intruder{town.assembly, "intruder"};
};

}  // namespace

TEST_CASE("a peer that calls in the name of another one meets silence: nothing is told, on record or ended") {
  Street street;
  const auto instance = peer_of(street.health, "finance")->instance;
  const auto& door = *street.health.core()->world().federation().front_door();
  const auto sessions = door.counts().sessions;
  const auto strangers = door.counts().strangers;
  REQUIRE_FALSE(instance.is_zero());

  // Another instance would be told which one is pinned; the pinned one that has started again would stay.
  street.speak_as(street.finance, street.intruder.random().next<proto::InstanceId>(), 1);
  street.speak_as(street.finance, instance, 1000);
  REQUIRE(street.intruder.ended.size() == 2);
  for (const peer::Ended& ended : street.intruder.ended) {
    CHECK(ended.why.code == proto::Code::kHandshakeRefused);
    CHECK_FALSE(ended.opened);
    CHECK_FALSE(ended.theirs);
  }
  CHECK(street.intruder.notes.opens == 0);
  CHECK(door.counts().strangers == strangers + 2);
  CHECK(door.counts().sessions == sessions);
  CHECK(street.town.connected(street.health, street.finance));
  CHECK(street.town.connected(street.finance, street.health));
  CHECK(peer_of(street.health, "finance")->other.is_zero());
  CHECK(peer_of(street.health, "finance")->last_error.code == proto::Code::kUnknown);
  CHECK(street.town.logged(street.health, "peer.clone") == 0);

  // In its own name it is let in.
  street.speak_as(street.justice, street.intruder.random().next<proto::InstanceId>(), 1);
  CHECK(street.intruder.notes.opens == 1);
}

}  // namespace comity::sim::nodes
