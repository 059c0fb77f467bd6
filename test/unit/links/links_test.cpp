// SPDX-License-Identifier: EUPL-1.2
// Nodes that look for each other over a simulated network.
#include "node/federation/links/links.h"

#include <doctest/doctest.h>

#include "node/peer/door.h"
#include "test/sim/machine.h"
#include "test/sim/network.h"
#include "test/unit/peer/two_sessions.h"

namespace comity::federation {
namespace {

using peer::Book;
using peer::Claim;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint16_t kPort = 7000;

/// One agency's node: a door, and links to whom it wants.
class Node final : public LinkOwner {
 public:
  Node(sim::Machine& machine, const Book& book, const Claim& claim, char instance)
      : machine_(machine),
        book_(book),
        claim_(claim),
        links(machine.world().executor(), claim.agency, machine.clock(), machine.net(), machine.random(),
              *this, notes, [this](const std::string& what) { failures.push_back(what); }),
        local_{machine.clock(), machine.random(), book, links,
               [claim, instance](const peer::Contact&) {
                 v1::Hello hello = peer::hello_of(claim);
                 hello.set_instance(std::string(16, instance));
                 return proto::Result<v1::Hello>(hello);
               }},
        ending_(machine.world().executor()) {
    links.start(local_);
  }
  ~Node() override {
    close();
    machine_.world().run_for(seconds(5));
  }

  void open_door() {
    auto listener = machine_.net().listen(runtime::Endpoint::make(machine_.name(), kPort).value());
    door_ = std::make_unique<peer::Door>(machine_.world().executor(), local_, std::move(listener).value(),
                                         [this](const std::string& what) { failures.push_back(what); });
  }
  void close() {
    if (closed_) return;
    closed_ = true;
    v1::Bye bye;
    bye.set_reason(v1::REASON_CLOSING);
    ending_.spawn("close links", links.close(bye, seconds(2)));
    if (door_) ending_.spawn("close door", door_->close(seconds(2)));
  }
  [[nodiscard]] std::size_t closing() const { return ending_.count(); }
  /// Whom to call, under which key, at which machines.
  void knows(const Claim& other, const crypto::X25519PublicKey& key, std::vector<std::string> hosts) {
    other_key_ = key;
    hosts_ = std::move(hosts);
    other_ = other.agency;
  }
  void want() { links.want(other_); }
  [[nodiscard]] int live() const { return notes.opens - notes.closes; }

  std::vector<runtime::Endpoint> endpoints(const AgencyId& /*agency*/) const override {
    std::vector<runtime::Endpoint> all;
    for (const std::string& host : hosts_)
      all.push_back(runtime::Endpoint::make(host, kPort).value());
    return all;
  }
  proto::Result<peer::Call> call(const AgencyId& /*agency*/) override {
    peer::Call call{.own_static = book_.own.at(0).clone()};
    call.remote_static = other_key_;
    call.psk = book_.peers.at(other_key_).clone();
    call.self = claim_;
    return call;
  }
  std::optional<InstanceId> pinned(const AgencyId& /*agency*/) const override { return pin; }
  void dial_failed(const AgencyId& /*agency*/, const runtime::Endpoint& endpoint,
                   const proto::Error& why) override {
    failed.emplace_back(endpoint.host(), why.code);
  }
  void clone_met(const AgencyId& /*agency*/, const InstanceId& refused) override {
    clones.push_back(refused);
  }

 private:
  sim::Machine& machine_;
  const Book& book_;
  Claim claim_;

 public:
  peer::Notes notes;
  std::optional<InstanceId> pin;
  std::vector<std::pair<std::string, proto::Code>> failed;
  std::vector<InstanceId> clones;
  std::vector<std::string> failures;
  Links links;

 private:
  peer::Local local_;
  std::unique_ptr<peer::Door> door_;
  runtime::Nursery ending_;
  bool closed_ = false;
  crypto::X25519PublicKey other_key_;
  std::vector<std::string> hosts_;
  AgencyId other_;
};

struct Neighbours {
  explicit Neighbours(std::uint64_t seed = 1, sim::Faults faults = {})
      : world(seed, faults),
        a(world.add_machine("a"), sides.a, sides.a_claim, 'a'),
        b(world.add_machine("b"), sides.b, sides.b_claim, 'b') {
    a.knows(sides.b_claim, sides.b.own[0].public_key(), {"b"});
    b.knows(sides.a_claim, sides.a.own[0].public_key(), {"a"});
  }
  peer::Sides sides;
  sim::World world;
  Node a;
  Node b;
};

}  // namespace

TEST_CASE("two nodes that dial each other at once keep the one session that the smaller AgencyID dialled") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    sim::Faults faults;
    faults.latency_most = milliseconds(200);
    Neighbours two(seed, faults);
    two.a.open_door();
    two.b.open_door();
    two.a.want();
    two.b.want();
    two.world.run_for(minutes(2));
    REQUIRE(two.a.live() == 1);
    REQUIRE(two.b.live() == 1);
    const peer::Session* at_a = two.a.links.session(two.sides.b_claim.agency);
    const peer::Session* at_b = two.b.links.session(two.sides.a_claim.agency);
    REQUIRE(at_a != nullptr);
    REQUIRE(at_b != nullptr);
    CHECK(at_a->contact().handshake_hash == at_b->contact().handshake_hash);
    const int opens = two.a.notes.opens + two.b.notes.opens;
    two.world.run_for(hours(1));
    CHECK(two.a.notes.opens + two.b.notes.opens == opens);
    CHECK(two.a.failures.empty());
  }
}

TEST_CASE("a node that was away for hours is found within five minutes of its return") {
  Neighbours two;
  two.a.want();
  two.world.run_for(hours(3));
  CHECK(two.a.failed.size() > 30);
  CHECK(two.a.failed.size() < 100);
  CHECK(two.a.failed.back().second == proto::Code::kConnectionRefused);
  two.b.open_door();
  two.world.run_for(minutes(5) + seconds(1));
  CHECK(two.a.live() == 1);
  CHECK(two.b.live() == 1);
}

TEST_CASE("an operator's retry dials at once") {
  Neighbours two;
  two.a.want();
  two.world.run_for(hours(1));
  two.b.open_door();
  two.a.links.retry(two.sides.b_claim.agency);
  two.world.run_for(seconds(1));
  CHECK(two.a.live() == 1);
}

TEST_CASE("the next address is tried when the first leads nowhere") {
  Neighbours two;
  two.b.open_door();
  two.a.knows(two.sides.b_claim, two.sides.b.own[0].public_key(), {"nowhere", "b"});
  two.a.want();
  two.world.run_for(seconds(30));
  CHECK(two.a.live() == 1);
  REQUIRE(two.a.failed.size() == 1);
  CHECK(two.a.failed[0].first == "nowhere");
}

TEST_CASE("after a day the handshake is made anew and the session comes back by itself") {
  Neighbours two;
  two.b.open_door();
  two.a.want();
  two.world.run_for(hours(49));
  CHECK(two.a.notes.opens == 3);
  CHECK(two.a.live() == 1);
  CHECK(two.b.live() == 1);
  CHECK(two.a.failed.empty());
}

TEST_CASE("a cut line ends the session on both sides, and a new one comes when it is mended") {
  Neighbours two;
  two.a.open_door();
  two.b.open_door();
  two.a.want();
  two.b.want();
  two.world.run_for(minutes(1));
  two.world.network().partition("a", "b");
  two.world.network().partition("b", "a");
  two.world.run_for(minutes(10));
  CHECK(two.a.live() == 0);
  CHECK(two.b.live() == 0);
  two.world.network().heal_all();
  two.world.run_for(minutes(6));
  CHECK(two.a.live() == 1);
  CHECK(two.b.live() == 1);
}

TEST_CASE("a second live instance hears CLONE, and the handler of the called node never hears of it") {
  Neighbours two;
  two.a.open_door();
  two.a.pin = InstanceId::from(proto::to_bytes(std::string(16, 'b'))).value();
  two.b.want();
  two.world.run_for(seconds(10));
  REQUIRE(two.a.live() == 1);
  {
    Node clone(two.world.add_machine("c"), two.sides.b, two.sides.b_claim, 'c');
    clone.knows(two.sides.a_claim, two.sides.a.own[0].public_key(), {"a"});
    clone.want();
    two.world.run_for(seconds(30));
    REQUIRE(clone.notes.theirs);
    CHECK(clone.notes.theirs->reason() == v1::REASON_CLONE);
    CHECK(clone.notes.theirs->instance() == std::string(16, 'b'));
    CHECK(clone.notes.why.code == proto::Code::kPeerClone);
    CHECK(clone.notes.opens == 1);
  }
  CHECK(two.a.live() == 1);
  CHECK(two.a.notes.opens == 1);
  CHECK(two.b.live() == 1);
  // But its owner does, for the operator's eyes.
  REQUIRE_FALSE(two.a.clones.empty());
  CHECK(two.a.clones.front() == InstanceId::from(proto::to_bytes(std::string(16, 'c'))).value());
}

TEST_CASE("closing says goodbye to everybody, dials no more and leaves no task") {
  Neighbours two;
  two.b.open_door();
  two.a.want();
  two.world.run_for(seconds(10));
  two.a.close();
  two.world.run_for(seconds(3));
  CHECK(two.a.closing() == 0);
  CHECK(two.a.live() == 0);
  REQUIRE(two.b.notes.theirs);
  CHECK(two.b.notes.theirs->reason() == v1::REASON_CLOSING);
  const std::size_t failed = two.a.failed.size();
  two.world.run_for(hours(1));
  CHECK(two.a.failed.size() == failed);
  CHECK(two.a.notes.opens == 1);
}

TEST_CASE("after any weather two nodes find each other again, with one session and no task too many") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    sim::Random random(seed, "weather");
    Neighbours two(seed, sim::Faults::draw(random));
    two.a.open_door();
    two.b.open_door();
    two.a.want();
    two.b.want();
    for (int i = 0; i < 10; ++i) {
      two.world.run_for(minutes(2));
      if (i % 3 == 0) two.world.network().silence_one();
      if (i % 4 == 0) two.world.network().clog_one(minutes(2));
      REQUIRE(two.a.live() >= 0);
      REQUIRE(two.a.live() <= 1);
      REQUIRE(two.b.live() >= 0);
      REQUIRE(two.b.live() <= 1);
    }
    two.world.faults() = sim::Faults();
    two.world.run_for(minutes(12));
    CHECK(two.a.live() == 1);
    CHECK(two.b.live() == 1);
    CHECK(two.a.failures.empty());
    CHECK(two.b.failures.empty());
    REQUIRE_FALSE(two.world.failure());
  }
}

}  // namespace comity::federation
