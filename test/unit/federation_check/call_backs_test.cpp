// SPDX-License-Identifier: EUPL-1.2
#include "node/federation/check/call_backs.h"

#include <doctest/doctest.h>

#include "test/unit/seeded.h"

namespace comity::federation {
namespace {

using comity::test::SeededRandom;
using runtime::Mono;
using std::chrono::seconds;

v1::CallBackWant want_of(std::uint64_t serial) {
  v1::CallBackWant want;
  want.set_token(7);
  want.set_endpoints_serial(serial);
  return want;
}

struct Stage {
  EndpointSet addresses_of(const AgencyId& agency) {
    return {.agency = agency, .serial = 3, .endpoints = {"node.example:7443", "192.0.2.7:7443"}};
  }
  SeededRandom random{1};
  CallBackGate gate;
  AgencyId peer = random.next<AgencyId>();
  EndpointSet addresses = addresses_of(peer);
  Mono now{};
};

v1::CallBackResult result_of(std::uint32_t tried, const std::vector<std::uint32_t>& reached,
                             v1::Reason refused = v1::REASON_NONE) {
  v1::CallBackResult result;
  result.set_token(7);
  result.set_tried(tried);
  for (const std::uint32_t place : reached)
    result.add_reached(place);
  result.set_refused(refused);
  return result;
}

}  // namespace

TEST_CASE("only addresses that the peer itself signed are dialled, and only the list that is meant") {
  Stage t;
  const auto let = t.gate.want(t.peer, want_of(3), true, &t.addresses, t.now);
  REQUIRE(let.targets.size() == 2);
  CHECK(let.targets[0].to_string() == "node.example:7443");
  CHECK(let.targets[1].to_string() == "192.0.2.7:7443");
  t.gate.done(t.peer);
  t.now = runtime::after(t.now, seconds(10));
  const auto older = t.gate.want(t.peer, want_of(2), true, &t.addresses, t.now);
  CHECK(older.targets.empty());
  CHECK(older.refused == v1::REASON_NOT_AVAILABLE);
  t.now = runtime::after(t.now, seconds(10));
  CHECK(t.gate.want(t.peer, want_of(3), true, nullptr, t.now).refused == v1::REASON_NOT_AVAILABLE);
  t.now = runtime::after(t.now, seconds(10));
  CHECK(t.gate.want(t.peer, want_of(3), false, &t.addresses, t.now).refused == v1::REASON_NOT_AVAILABLE);
}

TEST_CASE("a peer is heard once in ten seconds, and refusals count too") {
  Stage t;
  CHECK_FALSE(t.gate.want(t.peer, want_of(3), true, &t.addresses, t.now).targets.empty());
  auto again = t.gate.want(t.peer, want_of(3), true, &t.addresses, runtime::after(t.now, seconds(4)));
  CHECK(again.refused == v1::REASON_RATE);
  CHECK(again.retry_after == 6);
  // Under way, however long it takes.
  again = t.gate.want(t.peer, want_of(3), true, &t.addresses, runtime::after(t.now, seconds(30)));
  CHECK(again.refused == v1::REASON_RATE);
  CHECK(again.retry_after == 1);
  t.gate.done(t.peer);
  t.now = runtime::after(t.now, seconds(60));
  CHECK(t.gate.want(t.peer, want_of(1), true, &t.addresses, t.now).refused == v1::REASON_NOT_AVAILABLE);
  CHECK(t.gate.want(t.peer, want_of(3), true, &t.addresses, t.now).refused == v1::REASON_RATE);
}

TEST_CASE("all peers together have a few under way") {
  Stage t;
  std::vector<AgencyId> busy;
  for (std::size_t i = 0; i < call_back_limits::kAtOnce; ++i) {
    busy.push_back(t.random.next<AgencyId>());
    const EndpointSet theirs = t.addresses_of(busy.back());
    CHECK_FALSE(t.gate.want(busy.back(), want_of(3), true, &theirs, t.now).targets.empty());
  }
  CHECK(t.gate.want(t.peer, want_of(3), true, &t.addresses, t.now).refused == v1::REASON_RATE);
  t.gate.done(busy.front());
  t.now = runtime::after(t.now, seconds(10));
  CHECK_FALSE(t.gate.want(t.peer, want_of(3), true, &t.addresses, t.now).targets.empty());
}

TEST_CASE("an address that cannot be read ends the list, so that places stay those of the asker") {
  Stage t;
  t.addresses.endpoints = {"node.example:7443", "no address", "192.0.2.7:7443"};
  CHECK(t.gate.want(t.peer, want_of(3), true, &t.addresses, t.now).targets.size() == 1);
}

TEST_CASE("the answer to a failure leaves at a time that depends on the count alone") {
  CHECK(call_back_time(1) == seconds(5));
  CHECK(call_back_time(8) == seconds(40));
}

TEST_CASE("an answer that contradicts itself or the question is refused") {
  CHECK(check_call_back(result_of(2, {}), 2).ok());
  CHECK(check_call_back(result_of(2, {0, 1}), 2).ok());
  CHECK(check_call_back(result_of(1, {0}), 2).ok());
  CHECK(check_call_back(result_of(0, {}, v1::REASON_RATE), 2).ok());
  CHECK(check_call_back(result_of(0, {}, static_cast<v1::Reason>(99)), 2).ok());
  CHECK_FALSE(check_call_back(result_of(3, {}), 2).ok());
  CHECK_FALSE(check_call_back(result_of(2, {1, 0}), 2).ok());
  CHECK_FALSE(check_call_back(result_of(2, {0, 0}), 2).ok());
  CHECK_FALSE(check_call_back(result_of(1, {1}), 2).ok());
  CHECK_FALSE(check_call_back(result_of(0, {}), 2).ok());
  CHECK_FALSE(check_call_back(result_of(2, {0}, v1::REASON_RATE), 2).ok());
}

}  // namespace comity::federation
