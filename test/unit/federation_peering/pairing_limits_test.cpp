// SPDX-License-Identifier: EUPL-1.2
// What whoever holds an invitation can do with it, and how a pairing ends that does not come to its end.
#include <doctest/doctest.h>

#include "node/federation/keys/distrust.h"
#include "test/unit/federation_peering/office.h"

namespace comity::federation::test {
namespace {

template <class T>
Code code_of(const Result<T>& result) {
  return result.ok() ? Code::kUnknown : result.error().code;
}

struct Two {
  Office health{11};
  Office finance{22};
  SeededRandom random{33};

  PairCall call() { return PairCall(health, finance, health.last_invite, random); }
};

v1::Wire ended(v1::PairStep how) {
  v1::Wire wire;
  wire.mutable_pair_state()->set_step(how);
  wire.mutable_pair_state()->set_text("no more");
  return wire;
}

v1::Wire docs_of(const Office& office, std::uint32_t from = 1) {
  v1::KeyDocWant want;
  want.set_agency(field(office.id().view()));
  want.set_from_version(from);
  v1::Wire wire;
  wire.mutable_keydocs()->set_agency(want.agency());
  for (const v1::KeyDocs& part : office.chains->serve(want))
    *wire.mutable_keydocs() = part;
  return wire;
}

/// A session in which `host` is called by whoever says to be `claimed`, under a key of `key`.
PairSession called(Office& host, const InviteId& invite, const Office& key, const Office& claimed,
                   SeededRandom& random) {
  return {*host.peering,
          {invite, key.transport(), claimed.id(), claimed.chain.version(), claimed.chain.current_hash(),
           random.next<Sha256Digest>(), false}};
}

}  // namespace

TEST_CASE("a caller that shows no key documents has ten seconds, and one that comes no further ten minutes") {
  using std::chrono::seconds;
  Two two;
  two.health.invite("finance");
  PairSession silent = called(two.health, two.health.last_invite, two.finance, two.finance, two.random);
  two.health.apply(silent.opened(kNow));
  CHECK_FALSE(silent.overdue(seconds(9), seconds(9)));
  REQUIRE(silent.overdue(seconds(10), seconds(10)));
  CHECK(silent.overdue(seconds(10), seconds(10))->reason() == v1::REASON_TIMEOUT);

  const unsigned before = silent.steps();
  two.health.apply(silent.message(docs_of(two.finance), kNow));
  CHECK(silent.steps() > before);
  CHECK_FALSE(silent.overdue(hours(1), minutes(9)));
  REQUIRE(silent.overdue(hours(1), minutes(10)));
  // What changes nothing buys no time.
  const unsigned after = silent.steps();
  two.health.apply(silent.poll(kNow));
  CHECK(silent.steps() == after);
  // The other side dials again, and its operator has nothing to worry about.
  two.finance.accept(two.health.invite("finance2"), "health");
  PairCall call = two.call();
  call.run();
  CHECK(call.guest_session->bye(*silent.overdue(hours(1), minutes(10)), kNow).empty());
  CHECK(two.finance.peer("health").last_error.code == Code::kUnknown);
}

TEST_CASE("of an agency that a caller claims to be nothing is said before its documents have borne it out") {
  Pair pair;
  Office other(77);
  Office nobody(78);
  pair.health.invite("fourth");
  const InviteId invite = pair.health.last_invite;
  // A peer and a stranger, claimed by somebody who has keys of neither: the same answers, in the same order.
  for (const Office* const claimed : {&pair.finance, &other}) {
    PairSession impostor = called(pair.health, invite, nobody, *claimed, pair.random);
    CHECK(impostor.opened(kNow).ok());
    v1::Wire none = docs_of(*claimed);
    none.mutable_keydocs()->clear_doc();
    const auto nothing = impostor.message(none, kNow);
    REQUIRE(nothing.ok());
    CHECK(nothing->empty());
    const auto failed = impostor.message(docs_of(*claimed), kNow);
    CHECK(code_of(failed) == Code::kPeerKeyChanged);
    (void)impostor.closed();
  }
  CHECK(pair.health.chains->find(other.id()) == nullptr);
  // The peer itself hears that it is one.
  PairSession right = called(pair.health, invite, pair.finance, pair.finance, pair.random);
  CHECK(right.opened(kNow).ok());
  CHECK(code_of(right.message(docs_of(pair.finance), kNow)) == Code::kPeerThere);
}

TEST_CASE("callers of an invitation fill no log: after sixteen events there is silence") {
  Two two;
  two.health.invite("finance");
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    const Office caller(seed);
    PairSession session = called(two.health, two.health.last_invite, caller, caller, two.random);
    two.health.apply(session.opened(kNow));
    two.health.apply(session.message(docs_of(caller), kNow));
    two.health.apply(session.message(ended(v1::PAIR_STEP_ABORTED), kNow));
    two.health.apply(Step{.rows = session.closed()});
  }
  CHECK(two.health.logged("peer.claim") == pair_limits::kMostOnRecord / 2);
  CHECK(two.health.logged("peer.abort") == pair_limits::kMostOnRecord / 2);
  CHECK(two.health.peer("finance").pairing->claims.empty());
  // The right one is on record with what its operator's words decide.
  two.health.restart();
  PairSession right = called(two.health, two.health.last_invite, two.finance, two.finance, two.random);
  two.health.apply(right.opened(kNow));
  two.health.apply(right.message(docs_of(two.finance), kNow));
  two.health.verify("finance", two.finance);
  CHECK(two.health.logged("peer.verify.ok") == 1);
}

TEST_CASE(
    "a revocation that comes with a pairing is acted on as any other, also when the caller is refused") {
  Pair pair;
  Office nobody(78);
  const auto waiting = [&] { return waiting_distrusts(*pair.health.store->snapshot().value(), 100).value(); };
  crypto::KeyDoc doc = crypto::following(pair.finance.chain);
  const KeyId old = doc.node_sign.front().id();
  doc.node_sign = {pair.finance.agency.signing_key()};
  doc.revoked = {{old, crypto::RevocationReason::kCompromised, 0, kNow - hours(3)}};
  pair.finance.rotate(doc);
  pair.health.invite("fourth");
  for (const bool itself : {false, true}) {
    PairSession session = called(pair.health, pair.health.last_invite, itself ? pair.finance : nobody,
                                 pair.finance, pair.random);
    CHECK(session.opened(kNow).ok());
    const auto refused = session.message(docs_of(pair.finance), kNow);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == (itself ? Code::kPeerThere : Code::kPeerKeyChanged));
    pair.health.apply(session.refused(refused.error(), kNow));
    pair.health.apply(Step{.rows = session.closed()});
    // The first of the two has brought it all.
    pair.health.restart();
    CHECK(pair.health.chains->find(pair.finance.id())->revocation(old) != nullptr);
    REQUIRE(waiting().size() == 1);
    CHECK(waiting()[0].key == old);
    CHECK(waiting()[0].compromised);
    CHECK(pair.health.logged("peer.key.change") == 1);
  }
}

TEST_CASE(
    "whoever was told that the pairing is over does not dial any more, and whoever has to tell dials once") {
  {
    Two two;
    two.finance.accept(two.health.invite("finance"), "health");
    PairCall call = two.call();
    call.run();
    two.health.apply(two.health.peering->abort("finance", By::node(), kNow));
    call.poll();
    CHECK(two.finance.state("health") == PeerState::kDeclined);
    two.finance.restart();
    CHECK(code_of(two.finance.peering->dial("health", kNow)) == Code::kPeerState);
    CHECK(two.finance.peer("health").last_error.code == Code::kPeerRefused);
  }
  {
    // Our operator declines while no session is open.
    Two two;
    two.finance.accept(two.health.invite("finance"), "health");
    two.call().run();
    two.health.verify("finance", two.finance);
    two.finance.apply(two.finance.peering->decline("health", "no need", By::node(), kNow));
    two.finance.restart();
    CHECK(two.finance.peering->dial("health", kNow).ok());
    PairCall again = two.call();
    again.run();
    again.poll();
    CHECK(two.health.state("finance") == PeerState::kDeclined);
    two.finance.restart();
    CHECK(code_of(two.finance.peering->dial("health", kNow)) == Code::kPeerState);
  }
}

TEST_CASE("a refusal that holds a time is on record once") {
  Two two;
  two.finance.accept(two.health.invite("finance"), "health");
  v1::Bye bye;
  bye.set_reason(v1::REASON_RATE);
  bye.set_retry_after(60);
  for (unsigned i = 0; i < 5; ++i) {
    PairCall call = two.call();
    call.run();
    two.finance.now += minutes(1);
    Step heard = call.guest_session->bye(bye, two.finance.now);
    CHECK(heard.rows.empty() == (i != 0));
    two.finance.apply(std::move(heard));
  }
  CHECK(two.finance.logged("peer.refused") == 1);
}

}  // namespace comity::federation::test
