// SPDX-License-Identifier: EUPL-1.2
// A probe meets a node beside whatever session there is, and names what answers instead of one.
#include "node/peer/probe.h"

#include <doctest/doctest.h>

#include "test/sim/network.h"
#include "test/unit/peer/sim_node.h"

namespace comity::peer {
namespace {

using std::chrono::seconds;

constexpr std::uint16_t kOther = 9000;

struct Network {
  Network() { b.open_door(); }
  /// Ends with the net, which cancels what is left.
  ~Network() {
    tasks.cancel();
    world.run_for(seconds(1));
  }
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  Sides sides;
  sim::World world{1};
  sim::Machine& am = world.add_machine("a");
  sim::Machine& bm = world.add_machine("b");
  SimNode a{am, sides.a, sides.a_claim};
  SimNode b{bm, sides.b, sides.b_claim};
  runtime::Nursery tasks{world.executor()};
  std::optional<Result<v1::Hello>> hello{};
  std::optional<std::optional<std::string>> speaks{};

  static Task<void> look(Network* net, std::uint16_t port, Call call) {
    auto stream = co_await net->am.net().dial(runtime::Endpoint::make("b", port).value(), seconds(5));
    REQUIRE(stream.ok());
    auto found = co_await probe(&net->am.clock(), &net->am.random(), *std::move(stream), std::move(call));
    net->hello.emplace(std::move(found));
  }
  static Task<void> ask(Network* net, std::uint16_t port) {
    auto stream = co_await net->am.net().dial(runtime::Endpoint::make("b", port).value(), seconds(5));
    REQUIRE(stream.ok());
    auto found = co_await who_answers(&net->am.clock(), *std::move(stream));
    net->speaks.emplace(std::move(found));
  }
  /// Another service: says `greeting` at once, answers the first bytes with `answer`, and stays.
  static Task<void> serve(Network* net, std::string greeting, std::string answer) {
    auto listener = net->bm.net().listen(runtime::Endpoint::make("b", kOther).value());
    REQUIRE(listener.ok());
    std::vector<std::unique_ptr<runtime::Stream>> open;
    for (;;) {
      auto stream = co_await (*listener)->accept();
      if (!stream.ok()) co_return;
      (void)co_await runtime::write_all(**stream, proto::as_bytes(greeting));
      std::array<std::byte, 256> room{};
      const auto count = co_await (*stream)->read_some(room);
      if (count.ok()) (void)co_await runtime::write_all(**stream, proto::as_bytes(answer));
      open.push_back(*std::move(stream));
    }
  }
  Result<v1::Hello> probed(std::uint16_t port, Call call) {
    hello.reset();
    tasks.spawn("probe", look(this, port, std::move(call)));
    world.run_for(seconds(20));
    REQUIRE(hello);
    return *hello;
  }
};

}  // namespace

TEST_CASE("a probe brings their Hello home and opens no session") {
  Network net;
  const auto hello = net.probed(SimNode::kPort, net.sides.call());
  REQUIRE(hello.ok());
  CHECK(hello->software() == "comity test");
  CHECK(net.b.notes.opens == 0);
  CHECK(net.b.notes.closes == 1);
  REQUIRE(net.b.notes.theirs);
  CHECK(net.b.notes.theirs->reason() == v1::REASON_CLOSING);
  CHECK(net.b.door->sessions() == 0);
  CHECK(net.b.failures.empty());
}

TEST_CASE("a live session goes on beside probes") {
  Network net;
  net.a.dial("b", net.sides.call());
  net.world.run_for(seconds(1));
  REQUIRE(net.a.notes.opens == 1);
  for (int i = 0; i < 3; ++i)
    CHECK(net.probed(SimNode::kPort, net.sides.call()).ok());
  CHECK(net.a.notes.closes == 0);
  CHECK(net.b.door->sessions() == 1);
}

TEST_CASE("how far a probe came tells a changed key from a caller that is not known") {
  Network net;
  Call other = net.sides.call();
  test::SeededRandom random(99);
  other.remote_static = crypto::X25519KeyPair::generate(random).public_key();
  const auto changed = net.probed(SimNode::kPort, std::move(other));
  REQUIRE_FALSE(changed.ok());
  CHECK(changed.error().code == Code::kHandshakeRefused);
  CHECK(changed.error().detail == "without a byte");
  Call stranger = net.sides.call();
  stranger.own_static = crypto::X25519KeyPair::generate(random);
  const auto unknown = net.probed(SimNode::kPort, std::move(stranger));
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == Code::kHandshakeRefused);
  CHECK(unknown.error().detail == "before its Hello");
  Call misled = net.sides.call();
  misled.expected = net.sides.a_claim.agency;
  const auto misnamed = net.probed(SimNode::kPort, std::move(misled));
  REQUIRE_FALSE(misnamed.ok());
  CHECK(misnamed.error().code == Code::kHelloRule);
}

TEST_CASE("a service that speaks first is named, one that waits to be asked is asked") {
  Network net;
  net.tasks.spawn("ssh", Network::serve(&net, "SSH-2.0-OpenSSH_9.2\r\n", ""));
  net.world.run_for(seconds(1));
  const auto ssh = net.probed(kOther, net.sides.call());
  REQUIRE_FALSE(ssh.ok());
  CHECK(ssh.error().code == Code::kNotComity);
  CHECK(ssh.error().detail == "SSH");
}

TEST_CASE("whoever answers a question of HTTP is named; whoever stays silent is not") {
  for (const auto& [answer, expected] : std::vector<std::pair<std::string, std::optional<std::string>>>{
           {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"},
           {std::string("\x15\x03\x01\x00\x02\x02\x46", 7), "TLS"},
           {"", std::nullopt},
           {"something else entirely", std::nullopt}}) {
    Network net;
    net.tasks.spawn("other", Network::serve(&net, "", answer));
    net.world.run_for(seconds(1));
    net.tasks.spawn("ask", Network::ask(&net, kOther));
    net.world.run_for(seconds(10));
    REQUIRE(net.speaks);
    CHECK(*net.speaks == expected);
  }
}

}  // namespace comity::peer
