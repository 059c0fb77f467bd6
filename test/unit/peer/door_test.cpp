// SPDX-License-Identifier: EUPL-1.2
// What strangers can do to a node before it knows them: little, and nothing to others.
#include "node/peer/door.h"

#include <doctest/doctest.h>

#include "node/runtime/deadline.h"
#include "test/sim/network.h"
#include "test/unit/peer/sim_node.h"

namespace comity::peer {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A machine of nobody's that connects and says what a test wants.
class Stranger {
 public:
  Stranger(sim::World& world, std::string name)
      : machine_(world.add_machine(std::move(name))), tasks_(world.executor()) {}
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger() {
    tasks_.cancel();
    machine_.world().settle();
  }

  /// Connects, writes `bytes` at once or one a second, and reads until the end.
  void knock(Bytes bytes = {}, bool slowly = false) {
    tasks_.spawn("stranger", visit(this, std::move(bytes), slowly));
  }

  std::size_t heard = 0;   ///< bytes that came back
  std::size_t ended = 0;   ///< visits that were ended by the door
  std::size_t inside = 0;  ///< visits under way

 private:
  static Task<void> say(sim::SimClock* clock, runtime::Stream* stream, Bytes bytes, bool slowly) {
    if (!slowly) {
      (void)co_await runtime::write_all(*stream, bytes);
      co_return;
    }
    for (const std::byte& b : bytes) {
      const ByteView one(&b, 1);
      const Status written = co_await runtime::write_all(*stream, one);
      if (!written.ok()) co_return;
      const Status slept = co_await clock->sleep_for(seconds(1));
      if (!slept.ok()) co_return;
    }
  }
  static Task<void> visit(Stranger* self, Bytes bytes, bool slowly) {
    const auto at = runtime::Endpoint::make("b", SimNode::kPort).value();
    auto stream = co_await self->machine_.net().dial(at, seconds(5));
    if (!stream.ok()) co_return;
    ++self->inside;
    runtime::Nursery talk(co_await runtime::this_executor);
    talk.spawn("talk", say(&self->machine_.clock(), stream->get(), std::move(bytes), slowly));
    std::array<std::byte, 256> room{};
    for (;;) {
      const auto count = co_await (*stream)->read_some(room);
      if (!count.ok()) break;
      self->heard += *count;
    }
    --self->inside;
    ++self->ended;
    talk.cancel();
    co_await talk.join();
  }

  sim::Machine& machine_;
  runtime::Nursery tasks_;
};

struct Street {
  explicit Street(Door::Limits limits = {})
      : world(1),
        a(world.add_machine("a"), sides.a, sides.a_claim),
        b(world.add_machine("b"), sides.b, sides.b_claim) {
    b.open_door(limits);
  }
  Stranger& stranger() {
    strangers.push_back(std::make_unique<Stranger>(world, "s" + std::to_string(strangers.size())));
    return *strangers.back();
  }
  Sides sides;
  sim::World world;
  SimNode a;
  SimNode b;
  std::vector<std::unique_ptr<Stranger>> strangers;
};

}  // namespace

TEST_CASE("ten thousand silent callers from many addresses leave the door open for a peer") {
  Street street;
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i)
    street.stranger();
  for (int round = 0; round < 100; ++round) {
    for (const auto& stranger : street.strangers)
      stranger->knock();
    street.world.run_for(milliseconds(20));
    most = std::max(most, street.b.door->half_open());
  }
  CHECK(street.b.door->counts().accepted == 10'000);
  CHECK(most == proto::bounds::kHalfOpenTotal);
  CHECK(street.b.door->counts().evicted > 9'000);
  street.a.dial("b", street.sides.call());
  street.world.run_for(milliseconds(200));
  CHECK(street.a.notes.opens == 1);
  street.world.run_for(seconds(6));
  CHECK(street.b.door->half_open() == 0);
  CHECK(street.b.door->sessions() == 1);
  std::size_t heard = 0;
  std::size_t inside = 0;
  for (const auto& stranger : street.strangers) {
    heard += stranger->heard;
    inside += stranger->inside;
  }
  CHECK(heard == 0);
  CHECK(inside == 0);
}

TEST_CASE("one address holds eight half-open connections; a peer behind the same address still gets in") {
  Street street;
  Stranger& stranger = street.stranger();
  for (int i = 0; i < 20; ++i)
    stranger.knock();
  street.world.run_for(milliseconds(500));
  CHECK(street.b.door->half_open() == proto::bounds::kHalfOpenPerAddress);
  CHECK(street.b.door->counts().evicted == 12);
  CHECK(stranger.inside == 8);
}

TEST_CASE("a silent caller is closed after five seconds without a byte, and so is a slow one") {
  for (const bool slow : {false, true}) {
    Street street;
    Stranger& stranger = street.stranger();
    const Bytes first = Initiator::begin(street.sides.call(), street.sides.a_random).value().take_output();
    stranger.knock(slow ? first : Bytes(), slow);
    street.world.run_for(milliseconds(4'900));
    CHECK(stranger.inside == 1);
    street.world.run_for(milliseconds(200));
    CHECK(stranger.inside == 0);
    CHECK(stranger.heard == 0);
    CHECK(street.b.door->counts().late == 1);
    CHECK(street.b.door->half_open() == 0);
  }
}

TEST_CASE("strangers with something to say hear nothing and are closed at once") {
  Street street;
  test::SeededRandom random(3);
  Bytes noise(4096);
  random.fill(noise);
  Bytes preamble_and_noise = proto::to_bytes(kPreamble);
  proto::append(preamble_and_noise, noise);
  for (Bytes bytes : {noise, preamble_and_noise, proto::to_bytes("GET / HTTP/1.1\r\nHost: b\r\n\r\n")}) {
    Stranger& stranger = street.stranger();
    stranger.knock(std::move(bytes));
    street.world.run_for(milliseconds(100));
    CHECK(stranger.inside == 0);
    CHECK(stranger.ended == 1);
    CHECK(stranger.heard == 0);
  }
  CHECK(street.b.door->counts().strangers == 3);
}

TEST_CASE("a replayed message 1 is answered once by message 2 and closed after five seconds") {
  Street street;
  const Bytes first = Initiator::begin(street.sides.call(), street.sides.a_random).value().take_output();
  Stranger& stranger = street.stranger();
  stranger.knock(first);
  street.world.run_for(seconds(6));
  CHECK(stranger.heard == kSecondBytes);
  CHECK(stranger.inside == 0);
  CHECK(street.b.door->counts().late == 1);
}

TEST_CASE("callers that have greeted are not evicted: the newcomer is turned away instead") {
  Door::Limits limits;
  limits.half_open = 3;
  Street street(limits);
  const Bytes first = Initiator::begin(street.sides.call(), street.sides.a_random).value().take_output();
  for (int i = 0; i < 3; ++i)
    street.stranger().knock(first);
  street.world.run_for(milliseconds(100));
  Stranger& late = street.stranger();
  late.knock(first);
  street.world.run_for(milliseconds(100));
  CHECK(late.heard == 0);
  CHECK(late.ended == 1);
  CHECK(street.b.door->counts().turned_away == 1);
  CHECK(street.b.door->half_open() == 3);
}

TEST_CASE("one transport key holds no more sessions than its share") {
  Street street;
  for (int i = 0; i < 6; ++i) {
    street.a.dial("b", street.sides.call());
    street.world.run_for(milliseconds(100));
  }
  CHECK(street.b.door->sessions() == Door::Limits().sessions_per_key);
  CHECK(street.a.notes.opens == 4);
  CHECK(street.b.door->counts().turned_away == 2);
}

TEST_CASE("pairings have few seats, fewer for one invitation, and leave those of peers alone") {
  Street street;
  test::SeededRandom random(8);
  const auto call_with = [&](const proto::InviteId& invite) {
    Call call = street.sides.pairing();
    // Whoever holds an invitation makes as many keys as he likes.
    street.sides.b.invites.insert_or_assign(invite, call.psk.clone());
    call.invite = invite;
    call.own_static = crypto::X25519KeyPair::generate(random);
    street.a.dial("b", std::move(call));
    street.world.run_for(milliseconds(100));
  };
  const auto first = random.next<proto::InviteId>();
  for (int i = 0; i < 10; ++i)
    call_with(first);
  CHECK(street.b.door->pairings() == Door::Limits().pairings_per_invite);
  for (int i = 0; i < 40; ++i)
    call_with(random.next<proto::InviteId>());
  CHECK(street.b.door->pairings() == Door::Limits().pairings);
  CHECK(street.b.door->sessions() == Door::Limits().pairings);
  CHECK(street.b.door->counts().turned_away == 50 - Door::Limits().pairings);
  street.a.dial("b", street.sides.call());
  street.world.run_for(milliseconds(100));
  CHECK(street.b.door->sessions() == Door::Limits().pairings + 1);

  // A seat that is left is free again.
  street.a.cancel_calls();
  street.world.run_for(seconds(5));
  CHECK(street.b.door->pairings() == 0);
}

TEST_CASE("a door that closes takes no more calls, turns half-open ones out and ends its sessions") {
  Street street;
  Stranger& stranger = street.stranger();
  stranger.knock();
  street.a.dial("b", street.sides.call());
  street.world.run_for(seconds(1));
  REQUIRE(street.b.door->sessions() == 1);
  runtime::Nursery closing(street.world.executor());
  closing.spawn("close", street.b.door->close(seconds(2)));
  street.world.run_for(milliseconds(100));
  CHECK(stranger.inside == 0);
  street.world.run_for(seconds(3));
  CHECK(closing.count() == 0);
  CHECK(street.b.door->sessions() == 0);
  CHECK(street.b.notes.closes == 1);
  CHECK(street.b.notes.why.code == Code::kCancelled);
  street.b.door.reset();
  street.a.dial("b", street.sides.call());
  street.world.run_for(seconds(1));
  CHECK(street.a.ended.back().why.code == Code::kConnectionRefused);
}

TEST_CASE("an IPv6 caller counts with its whole network, an IPv4 one by itself") {
  const auto key = [](std::string_view host) {
    return address_key(runtime::Endpoint::make(host, 1).value());
  };
  CHECK(key("2001:db8:1:2::3") == key("2001:db8:1:2:ffff::9"));
  CHECK(key("2001:db8:1:2::3") != key("2001:db8:1:3::3"));
  CHECK(key("192.0.2.1") != key("192.0.2.2"));
  CHECK(key("192.0.2.1") == "192.0.2.1");
}

}  // namespace comity::peer
