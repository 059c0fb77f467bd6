// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "test/unit/federation_peering/office.h"

namespace comity::federation::test {

inline const ChainDoor kNobody = {.may_start = [](const AgencyId&) { return false; },
                                  .may_ask = [](const AgencyId&) { return false; }};

/// One session between two paired agencies.
struct Line {
  Line(Office& a_office, Office& b_office)
      : a(a_office),
        b(b_office),
        at_a(*a.peering, {b.id(), b.transport()}),
        at_b(*b.peering, {a.id(), a.transport()}) {}

  static v1::Hello hello_of(Office& office, const PeerSession& session) {
    v1::Hello hello;
    session.fill(hello);
    hello.set_hlc(millis(office.now) << 16U);
    hello.set_instance(std::string(16, 'i'));
    hello.set_boot_count(1);
    return hello;
  }
  void open() {
    const v1::Hello from_a = hello_of(a, at_a);
    const v1::Hello from_b = hello_of(b, at_b);
    send(a, at_a.opened(from_b, false, a.now), to_b);
    send(b, at_b.opened(from_a, false, b.now), to_a);
    run();
  }
  void send(Office& office, Step step, std::deque<v1::Wire>& out) {
    if (step.failure && !failure) failure = step.failure;
    if (step.bye && !bye) bye = step.bye;
    for (v1::Wire& wire : office.apply(std::move(step))) {
      REQUIRE(proto::encode_checked(wire).ok());
      out.push_back(std::move(wire));
    }
  }
  void run() {
    unsigned rounds = 0;
    while (!bye && !(to_a.empty() && to_b.empty())) {
      REQUIRE(++rounds < 100);
      const bool first = !to_a.empty();
      std::deque<v1::Wire>& queue = first ? to_a : to_b;
      const v1::Wire wire = std::move(queue.front());
      queue.pop_front();
      if (first) {
        send(a, at_a.message(wire, kNobody, a.now), to_b);
      } else {
        send(b, at_b.message(wire, kNobody, b.now), to_a);
      }
    }
  }

  Office& a;
  Office& b;
  PeerSession at_a;
  PeerSession at_b;
  std::deque<v1::Wire> to_a{};
  std::deque<v1::Wire> to_b{};
  std::optional<Error> failure{};
  std::optional<v1::Bye> bye{};
};

/// What `office` says to a Hello of the other that was bent.
inline Step answer(Office& office, Office& other, const std::function<void(v1::Hello&)>& bend,
                   bool pinned_is_live = false, std::uint32_t least_minor = 0) {
  PeerSession theirs(*other.peering, {office.id(), office.transport()});
  v1::Hello hello = Line::hello_of(other, theirs);
  bend(hello);
  PeerSession session(*office.peering, {other.id(), other.transport()}, least_minor);
  return session.opened(hello, pinned_is_live, office.now);
}

inline Code failed(const Step& step) {
  return step.failure ? step.failure->code : Code::kUnknown;
}

}  // namespace comity::federation::test
