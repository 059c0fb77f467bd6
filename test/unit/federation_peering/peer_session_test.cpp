// SPDX-License-Identifier: EUPL-1.2
#include <doctest/doctest.h>

#include "node/federation/keys/distrust.h"
#include "node/federation/peering/reasons.h"
#include "test/unit/federation_peering/line.h"

namespace comity::federation::test {

TEST_CASE("two peers with the same agreement open at once and tell each other keys and addresses") {
  Pair pair;
  OwnEncKeys own(pair.finance.id(), pair.finance.storage_key, pair.finance.random);
  pair.finance.apply(Step{
      .rows = own.renew(*pair.finance.enc_keys, *pair.finance.chains, pair.finance.signing(), kNow)->rows});
  const std::vector<std::string> addresses{"new.example:7443"};
  const auto endpoints =
      sign_endpoints(pair.finance.id(), 1, addresses, kNow, pair.finance.signing()).value();
  pair.finance.apply(
      Step{.rows = pair.finance.endpoints->take(endpoints, *pair.finance.chains, kNow).value()});
  Line line(pair.health, pair.finance);
  line.open();
  CHECK_FALSE(line.failure);
  CHECK(line.at_a.open());
  CHECK(line.at_b.open());
  CHECK(pair.health.enc_keys->serial(pair.finance.id()) == 1);
  CHECK(pair.health.logged("peer.addr-change") == 1);
  CHECK(pair.health.peering->dial("finance", kNow)->endpoints == addresses);
  CHECK_FALSE(pair.health.peer("finance").pairing);
  CHECK(pair.health.peer("finance").last_contact == kNow);
  Line again(pair.health, pair.finance);
  again.open();
  CHECK(pair.health.logged("peer.addr-change") == 1);
}

TEST_CASE("a Hello from before the agreement was in force keeps neither side waiting") {
  Pair pair;
  Line line(pair.health, pair.finance);
  v1::Hello early = Line::hello_of(pair.health, line.at_a);
  early.clear_terms_digest();
  const v1::Hello theirs = Line::hello_of(pair.finance, line.at_b);
  line.send(pair.health, line.at_a.opened(theirs, false, kNow), line.to_b);
  line.send(pair.finance, line.at_b.opened(early, false, kNow), line.to_a);
  line.run();
  CHECK_FALSE(line.failure);
  CHECK(line.at_a.open());
  CHECK(line.at_b.open());
}

TEST_CASE("every Hello that does not fit is refused with its code and its reason") {
  Pair pair;
  Office& us = pair.health;
  Office& they = pair.finance;
  const auto same = [](v1::Hello&) {};
  CHECK(failed(answer(us, they, same)) == Code::kUnknown);

  Step step = answer(us, they, [&](v1::Hello& h) { h.set_agency(std::string(32, 'x')); });
  CHECK(failed(step) == Code::kPeerKeyChanged);
  CHECK(step.bye->reason() == v1::REASON_KEYDOC);
  step = answer(us, they, [&](v1::Hello& h) { h.set_keydoc_hash(std::string(32, 'x')); });
  CHECK(failed(step) == Code::kPeerKeyChanged);
  step = answer(us, they, same, false, 2);
  CHECK(failed(step) == Code::kProtocolTooOld);
  CHECK(step.failure->detail == "theirs 0, minimum 2");
  CHECK(step.bye->reason() == v1::REASON_VERSION);
  step = answer(us, they, [&](v1::Hello& h) { h.set_hlc(millis(kNow + hours(25)) << 16U); });
  CHECK(failed(step) == Code::kPeerClock);
  CHECK(step.bye->reason() == v1::REASON_CLOCK);
  CHECK(failed(answer(us, they, [&](v1::Hello& h) { h.set_hlc(millis(kNow - hours(25)) << 16U); })) ==
        Code::kPeerClock);
  us.apply(answer(us, they, [&](v1::Hello& h) { h.set_boot_count(9); }));
  step = answer(us, they, [&](v1::Hello& h) { h.set_boot_count(8); });
  CHECK(failed(step) == Code::kPeerWentBack);
  PeerSession stranger(*us.peering, {Office(77).id(), they.transport()});
  CHECK(failed(stranger.opened(v1::Hello(), false, kNow)) == Code::kPeerUnknown);
  // Their Bye says the same in our operator's words.
  CHECK(error_of(v1::REASON_QUOTA, "disk 91 %", kNow, 0).code == Code::kPeerRefused);
  CHECK(error_of(v1::REASON_QUOTA, "disk 91 %", kNow, 0).detail == "QUOTA: disk 91 %");
  CHECK(error_of(v1::REASON_AGREEMENT_MISMATCH, "", kNow, 0).code == Code::kAgreementDiffers);
  CHECK(error_of(static_cast<v1::Reason>(99), "", kNow, 0).detail == "99");
}

TEST_CASE("the same fault again and again is on record once") {
  Pair pair;
  for (unsigned i = 0; i < 5; ++i)
    pair.health.apply(
        answer(pair.health, pair.finance, [](v1::Hello& h) { h.set_agency(std::string(32, 'x')); }));
  CHECK(pair.health.logged("peer.refuse") == 1);
  CHECK(pair.health.peer("finance").last_error.code == Code::kPeerKeyChanged);
  CHECK(pair.health.peer("finance").last_error.text.starts_with("expected "));
}

TEST_CASE("a fault that names a time or a count is the same fault at each call") {
  Pair pair;
  for (unsigned i = 0; i < 5; ++i) {
    pair.health.now += minutes(1);
    Step step = answer(pair.health, pair.finance,
                       [&](v1::Hello& h) { h.set_hlc(millis(pair.health.now + hours(48)) << 16U); });
    CHECK(failed(step) == Code::kPeerClock);
    CHECK(step.rows.empty() == (i != 0));
    pair.health.apply(std::move(step));
  }
  CHECK(pair.health.logged("peer.refuse") == 1);
  pair.health.apply(answer(pair.health, pair.finance, [&](v1::Hello& h) {
    h.set_boot_count(100);
    h.set_hlc(millis(pair.health.now) << 16U);
  }));
  const std::size_t before = pair.health.logged("peer.clone");
  for (unsigned i = 0; i < 5; ++i) {
    pair.health.apply(answer(pair.health, pair.finance, [&](v1::Hello& h) {
      h.set_boot_count(1 + i);
      h.set_hlc(millis(pair.health.now) << 16U);
    }));
    CHECK(pair.health.peer("finance").last_error.code == Code::kPeerWentBack);
  }
  CHECK(pair.health.logged("peer.clone") == before + 1);
}

TEST_CASE(
    "a rotation reaches the peer in Hello and on a live session, and the old signatures go on counting") {
  Pair pair;
  crypto::KeyDoc doc = crypto::following(pair.finance.chain);
  doc.node_sign.insert(doc.node_sign.begin(), pair.finance.agency.signing_key());
  pair.finance.rotate(doc);
  Line line(pair.health, pair.finance);
  line.open();
  CHECK_FALSE(line.failure);
  CHECK(line.at_a.open());
  CHECK(pair.health.chains->find(pair.finance.id())->version() == 2);
  CHECK(pair.health.logged("peer.key.change") == 1);

  pair.finance.rotate(crypto::following(pair.finance.chain));
  for (const v1::Wire& wire : announce_keys(*pair.finance.chains, 3))
    line.to_a.push_back(wire);
  line.run();
  CHECK(pair.health.chains->find(pair.finance.id())->version() == 3);
  pair.health.restart();
  CHECK(pair.health.chains->find(pair.finance.id())->version() == 3);
}

TEST_CASE("a transport key that was revoked ends the session in which that is heard") {
  Pair pair;
  Line line(pair.health, pair.finance);
  line.open();
  REQUIRE(line.at_a.open());
  const crypto::X25519PublicKey old = pair.finance.transport();
  crypto::KeyDoc doc = crypto::following(pair.finance.chain);
  doc.transport = {pair.finance.agency.transport_key()};
  doc.revoked = {{crypto::key_id(old), crypto::RevocationReason::kCompromised, 0, kNow}};
  pair.finance.rotate(doc);
  for (const v1::Wire& wire : announce_keys(*pair.finance.chains, 2))
    line.to_a.push_back(wire);
  line.run();
  REQUIRE(line.failure);
  CHECK(line.failure->code == Code::kPeerKeyChanged);
  CHECK(line.bye->reason() == v1::REASON_KEYDOC);
  CHECK_FALSE(pair.health.peering->peer_of_static(old, kNow));
  CHECK(pair.health.peering->peer_of_static(pair.finance.transport(), kNow) == pair.finance.id());
}

TEST_CASE("a rotation that another root signed is a changed key, on record, and changes nothing") {
  Pair pair;
  Office thief(77);
  const crypto::KeyDoc doc = crypto::following(pair.finance.chain);
  const Bytes forged = thief.agency.sign(doc);
  Line line(pair.health, pair.finance);
  line.open();
  v1::Wire wire;
  wire.mutable_keydocs()->set_agency(field(pair.finance.id().view()));
  *wire.mutable_keydocs()->add_doc() = proto::decode<v1::SignedKeyDoc>(forged, forged.size()).value();
  line.to_a.push_back(wire);
  line.run();
  REQUIRE(line.failure);
  CHECK(line.failure->code == Code::kPeerKeyChanged);
  CHECK(line.bye->reason() == v1::REASON_KEYDOC);
  CHECK(pair.health.logged("peer.key.refuse") == 1);
  CHECK(pair.health.chains->find(pair.finance.id())->version() == 1);
}

TEST_CASE(
    "a second live instance is refused with the pinned one, and a restored one is pinned when it is alone") {
  Pair pair;
  Office& us = pair.health;
  us.apply(answer(us, pair.finance, [](v1::Hello&) {}));
  const auto second = [](v1::Hello& h) { h.set_instance(std::string(16, 'j')); };
  Step step = answer(us, pair.finance, second, true);
  CHECK(failed(step) == Code::kPeerClone);
  CHECK(step.bye->reason() == v1::REASON_CLONE);
  CHECK(step.bye->instance() == std::string(16, 'i'));
  CHECK(error_of(step.bye->reason(), step.bye->text(), kNow, 0).code == Code::kPeerClone);
  us.apply(std::move(step));
  step = answer(us, pair.finance, second, false);
  CHECK(failed(step) == Code::kUnknown);
  us.apply(std::move(step));
  us.restart();
  step = answer(us, pair.finance, [](v1::Hello&) {});
  CHECK(failed(step) == Code::kPeerClone);
  us.apply(std::move(step));
  CHECK(us.logged("peer.clone") == 2);
  us.apply(us.peering->heal("finance", By::node(), kNow));
  CHECK(failed(answer(us, pair.finance, [](v1::Hello&) {})) == Code::kUnknown);
}

TEST_CASE("two clones: both are told, and healing pins the one that was refused and tells the other") {
  Pair pair;
  Line line(pair.health, pair.finance);
  line.open();
  REQUIRE_FALSE(line.bye);
  Office& finance = pair.finance;
  const InstanceId first = finance.peer("health").instance;
  const auto second = InstanceId::from(proto::as_bytes(std::string(16, 's'))).value();

  // It knocks several times while the first one is connected: on record once, shown as long as it knocks.
  for (int i = 0; i < 3; ++i)
    finance.apply(finance.peering->cloned(pair.health.id(), second, kNow + minutes(i)));
  CHECK(finance.logged("peer.clone") == 1);
  CHECK(finance.peer("health").last_error.code == Code::kPeerClone);
  Line again(pair.health, pair.finance);
  again.open();
  CHECK(finance.peer("health").last_error.code == Code::kPeerClone);
  CHECK(finance.peer("health").state == PeerState::kActive);

  // Whom the operator may heal to is known after a restart too.
  finance.restart();
  auto healed = finance.peering->heal("health", By::node(), kNow + minutes(4));
  REQUIRE(healed.ok());
  REQUIRE(healed->bye);
  CHECK(healed->bye->reason() == v1::REASON_CLONE);
  CHECK(healed->bye->instance() == field(second.view()));
  finance.apply(*std::move(healed));
  CHECK(finance.peer("health").instance == second);
  CHECK(finance.peer("health").last_error.code == Code::kUnknown);
  // The first one is the clone now, whether the other is connected or not.
  v1::Hello hello =
      Line::hello_of(pair.health, PeerSession(*pair.health.peering, {finance.id(), finance.transport()}));
  PeerSession refusing(*finance.peering, {pair.health.id(), pair.health.transport()});
  const Step refused = refusing.opened(hello, false, kNow + minutes(5));
  REQUIRE(refused.bye);
  CHECK(refused.bye->reason() == v1::REASON_CLONE);
  CHECK(refused.bye->instance() == field(second.view()));
  CHECK(finance.peer("health").other == first);
  hello.set_instance(field(second.view()));
  PeerSession taking(*finance.peering, {pair.health.id(), pair.health.transport()});
  CHECK_FALSE(taking.opened(hello, false, kNow + minutes(6)).bye);
}

TEST_CASE("an instance that went back is told which one is meant, so that it can become another") {
  Pair pair;
  PeerSession first(*pair.finance.peering, {pair.health.id(), pair.health.transport()});
  v1::Hello hello = Line::hello_of(
      pair.health, PeerSession(*pair.health.peering, {pair.finance.id(), pair.finance.transport()}));
  hello.set_boot_count(7);
  pair.finance.apply(first.opened(hello, false, kNow));
  hello.set_boot_count(5);
  PeerSession second(*pair.finance.peering, {pair.health.id(), pair.health.transport()});
  const Step refused = second.opened(hello, false, kNow + minutes(1));
  REQUIRE(refused.bye);
  CHECK(refused.bye->reason() == v1::REASON_FORK);
  CHECK(refused.bye->instance() == hello.instance());
  hello.set_instance(std::string(16, 'n'));
  PeerSession third(*pair.finance.peering, {pair.health.id(), pair.health.transport()});
  CHECK_FALSE(third.opened(hello, false, kNow + minutes(2)).bye);
}

TEST_CASE("a fork stops the peer until its operator heals it") {
  Pair pair;
  pair.health.apply(pair.health.peering->forked(pair.finance.id(), "feed 12 at 7", kNow));
  CHECK(pair.health.peering->forked(pair.finance.id(), "again", kNow).empty());
  pair.health.restart();
  CHECK(pair.health.state("finance") == PeerState::kForked);
  CHECK_FALSE(pair.health.book->standings(SpaceId(), "x", kNow).front().active);
  const Step step = answer(pair.health, pair.finance, [](v1::Hello&) {});
  CHECK(step.bye->reason() == v1::REASON_FORK);
  pair.health.apply(pair.health.peering->heal("finance", By::node(), kNow));
  CHECK(pair.health.state("finance") == PeerState::kActive);
  CHECK_FALSE(pair.health.peering->heal("finance", By::node(), kNow).ok());
}

TEST_CASE("agreements that differ after a lost message are made equal when the two meet") {
  Pair pair;
  Terms terms = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  terms.proposer_sends->patterns = {"hr/*"};
  pair.finance.apply(pair.finance.peering->narrow("health", terms, By::node(), kNow));
  Line line(pair.health, pair.finance);
  line.open();
  CHECK_FALSE(line.failure);
  CHECK(line.at_a.open());
  CHECK(line.at_b.open());
  CHECK(pair.health.peer("finance").agreement->digest == pair.finance.peer("health").agreement->digest);
  CHECK_FALSE(pair.health.book->incoming_ceiling(pair.finance.id(), SpaceId(), "news", kNow));
  CHECK(pair.health.book->incoming_ceiling(pair.finance.id(), SpaceId(), "hr/pay", kNow));
}

TEST_CASE("a proposal that was made while the other was away arrives at the next contact") {
  Pair pair;
  Terms terms = pair.finance.peer("health").agreement->terms_of(pair.finance.id());
  terms.ends += days(100);
  pair.finance.apply(pair.finance.peering->widen("health", terms, By::node(), kNow));
  Line line(pair.health, pair.finance);
  line.open();
  CHECK(line.at_a.open());
  CHECK(pair.health.peer("finance").their_proposal);
  pair.health.apply(pair.health.peering->sign("finance", By::node(), kNow));
  Line later(pair.health, pair.finance);
  later.open();
  CHECK(later.at_b.open());
  CHECK(pair.finance.peer("health").agreement->terms.ends == terms.ends);
}

TEST_CASE("an agreement that has ended leaves the session open for a new one, and both are told") {
  Pair pair;
  Terms soon = pair.health.peer("finance").agreement->terms_of(pair.health.id());
  soon.ends = kNow + hours(1);
  const auto messages = pair.health.apply(pair.health.peering->narrow("finance", soon, By::node(), kNow));
  pair.finance.apply(pair.finance.peering->take_agreement(pair.health.id(), messages[0].agreement(), kNow));
  pair.health.now = pair.finance.now = kNow + hours(2);
  Line line(pair.health, pair.finance);
  line.open();
  CHECK_FALSE(line.bye);
  REQUIRE(line.failure);
  CHECK(line.failure->code == Code::kPeerRefused);
  CHECK(line.failure->detail.starts_with("EXPIRED: ended 2027-03-01"));
  CHECK(pair.health.state("finance") == PeerState::kExpired);
  CHECK(pair.finance.state("health") == PeerState::kExpired);
}

TEST_CASE("messages that are not for peering, or come before Hello, end the session") {
  Pair pair;
  PeerSession session(*pair.health.peering, {pair.finance.id(), pair.finance.transport()});
  v1::Wire want;
  want.mutable_keydoc_want()->set_agency(field(pair.health.id().view()));
  want.mutable_keydoc_want()->set_from_version(1);
  CHECK(failed(session.message(want, kNobody, kNow)) == Code::kSessionOrder);
  Line line(pair.health, pair.finance);
  line.open();
  const auto code = [&](const v1::Wire& wire) { return failed(line.at_a.message(wire, kNobody, kNow)); };
  CHECK(code(want) == Code::kUnknown);
  v1::Wire state;
  state.mutable_pair_state()->set_step(v1::PAIR_STEP_VERIFIED);
  CHECK(code(state) == Code::kSessionOrder);
  v1::Wire somebody_elses;
  const std::vector<std::string> addresses{"node.example:7443"};
  *somebody_elses.mutable_endpoints() =
      sign_endpoints(pair.health.id(), 1, addresses, kNow, pair.health.signing()).value();
  CHECK(code(somebody_elses) == Code::kEndpointsRule);
  v1::Wire garbled;
  garbled.mutable_agreement()->set_agreement(std::string(100, 'x'));
  CHECK_FALSE(line.at_a.message(garbled, kNobody, kNow).messages.size() > 0);
  CHECK(pair.health.peer("finance").agreement->serial == 1);
}

TEST_CASE("chains of others are taken when they are wanted, and forwarded") {
  Pair pair;
  Office justice(55);
  Line line(pair.health, pair.finance);
  line.open();
  v1::Wire wire;
  v1::KeyDocWant want;
  want.set_agency(field(justice.id().view()));
  want.set_from_version(1);
  *wire.mutable_keydocs() = justice.chains->serve(want).front();
  pair.health.apply(line.at_a.message(wire, kNobody, kNow));
  CHECK(pair.health.chains->find(justice.id()) == nullptr);
  const auto is_justice = [&](const AgencyId& agency) { return agency == justice.id(); };
  pair.health.apply(line.at_a.message(wire, {.may_start = is_justice}, kNow));
  REQUIRE(pair.health.chains->find(justice.id()) != nullptr);
  v1::Wire asked;
  *asked.mutable_keydoc_want() = want;
  CHECK(line.at_a.message(asked, {.may_ask = is_justice}, kNow).messages.size() == 1);
  // Whom we know otherwise is nobody's business, and looks like whom we do not know.
  CHECK(line.at_a.message(asked, kNobody, kNow).messages.empty());
  asked.mutable_keydoc_want()->set_agency(field(pair.finance.id().view()));
  CHECK(line.at_a.message(asked, kNobody, kNow).messages.size() == 1);
}

TEST_CASE("each side learns which of its key documents the other holds, over a restart too") {
  Pair pair;
  CHECK(pair.health.peer("finance").keydoc_held == 0);
  {
    Line line(pair.health, pair.finance);
    line.open();
  }
  CHECK(pair.health.peer("finance").keydoc_held == 1);
  pair.health.rotate(crypto::following(pair.health.chain));
  CHECK(pair.health.peer("finance").keydoc_held == 1);
  Line line(pair.health, pair.finance);
  line.open();
  CHECK_FALSE(line.failure);
  CHECK(pair.health.peer("finance").keydoc_held == 2);
  // Over a live session as well.
  pair.health.rotate(crypto::following(pair.health.chain));
  for (v1::Wire& wire : announce_keys(*pair.health.chains, 3))
    line.to_b.push_back(std::move(wire));
  line.run();
  CHECK(pair.finance.chains->find(pair.health.id())->version() == 3);
  CHECK(pair.health.peer("finance").keydoc_held == 3);
  pair.health.restart();
  CHECK(pair.health.peer("finance").keydoc_held == 3);

  // What we have not written nobody can hold; and nobody holds less than nothing.
  Line lies(pair.health, pair.finance);
  lies.open();
  v1::Wire want;
  want.mutable_keydoc_want()->set_agency(field(pair.health.id().view()));
  for (const std::uint32_t from : {5U, 4'000'000'000U, 0U}) {
    want.mutable_keydoc_want()->set_from_version(from);
    pair.health.apply(lies.at_a.message(want, kNobody, kNow));
    CHECK(pair.health.peer("finance").keydoc_held == 3);
  }
}

TEST_CASE("what a session waits for may come by a third agency first") {
  for (const bool told_before : {false, true}) {
    CAPTURE(told_before);
    Pair pair;
    crypto::KeyDoc doc = crypto::following(pair.finance.chain);
    doc.node_sign.insert(doc.node_sign.begin(), pair.finance.agency.signing_key());
    pair.finance.rotate(doc);
    Line line(pair.health, pair.finance);
    const v1::Hello from_a = Line::hello_of(pair.health, line.at_a);
    const v1::Hello from_b = Line::hello_of(pair.finance, line.at_b);
    line.send(pair.health, line.at_a.opened(from_b, false, kNow), line.to_b);
    CHECK_FALSE(line.at_a.open());
    v1::KeyDocWant want;
    want.set_agency(field(pair.finance.id().view()));
    want.set_from_version(2);
    auto taken = pair.health.chains->take(pair.finance.chains->serve(want).front(), false);
    REQUIRE(taken.ok());
    pair.health.apply(Step{.rows = std::move(taken->rows)});
    if (told_before) line.send(pair.health, line.at_a.chain_grown(kNow), line.to_b);
    CHECK(line.at_a.open() == told_before);
    line.send(pair.finance, line.at_b.opened(from_a, false, kNow), line.to_a);
    line.run();
    CHECK_FALSE(line.failure);
    CHECK(line.at_a.open());
    CHECK(pair.finance.peer("health").keydoc_held == 2);
  }
}

TEST_CASE("a revocation that a third agency brings ends the session under the revoked key") {
  Pair pair;
  Line line(pair.health, pair.finance);
  line.open();
  REQUIRE(line.at_a.open());
  crypto::KeyDoc doc = crypto::following(pair.finance.chain);
  doc.revoked = {{doc.transport.front().id(), crypto::RevocationReason::kCompromised, 0, kNow}};
  doc.transport = {pair.finance.agency.transport_key()};
  pair.finance.rotate(doc);
  v1::KeyDocWant want;
  want.set_agency(field(pair.finance.id().view()));
  want.set_from_version(2);
  auto taken = pair.health.chains->take(pair.finance.chains->serve(want).front(), false);
  REQUIRE(taken.ok());
  const Step step = line.at_a.chain_grown(kNow);
  CHECK(failed(step) == Code::kPeerKeyChanged);
  REQUIRE(step.bye);
  CHECK(step.bye->reason() == v1::REASON_KEYDOC);
  // Its last word tells the owner that it is known.
  REQUIRE(step.messages.size() == 1);
  CHECK(step.messages[0].keydoc_want().from_version() == 3);
}

TEST_CASE("what a revoked key has signed waits to be judged anew, in the batch that stores the revocation") {
  Pair pair;
  Office justice(55);
  const auto waiting = [&] { return waiting_distrusts(*pair.health.store->snapshot().value(), 100).value(); };
  Line line(pair.health, pair.finance);
  line.open();
  crypto::KeyDoc doc = crypto::following(pair.finance.chain);
  const KeyId old = doc.node_sign.front().id();
  doc.node_sign = {pair.finance.agency.signing_key()};
  doc.revoked = {{old, crypto::RevocationReason::kCompromised, 0, kNow - hours(3)}};

  // Somebody else says it first.
  v1::Wire forged;
  forged.mutable_keydocs()->set_agency(field(pair.finance.id().view()));
  const Bytes by_justice = justice.agency.sign(doc, justice.agency.roots().keys);
  *forged.mutable_keydocs()->add_doc() =
      proto::decode<v1::SignedKeyDoc>(by_justice, by_justice.size()).value();
  {
    Line other(pair.health, pair.finance);
    other.open();
    CHECK(failed(other.at_a.message(forged, kNobody, kNow)) == Code::kPeerKeyChanged);
  }
  CHECK(waiting().empty());
  CHECK(pair.health.chains->find(pair.finance.id())->revocation(old) == nullptr);

  pair.finance.rotate(doc);
  for (v1::Wire& wire : announce_keys(*pair.finance.chains, 2))
    line.to_a.push_back(std::move(wire));
  line.run();
  REQUIRE(waiting().size() == 1);
  CHECK(waiting()[0].agency == pair.finance.id());
  CHECK(waiting()[0].key == old);
  CHECK(waiting()[0].compromised);
  CHECK(waiting()[0].since == kNow - hours(3));
  pair.health.apply([&] {
    Step done;
    done.rows.erase(distrust_key(waiting()[0]));
    return done;
  }());
  // The same once more brings nothing back.
  for (v1::Wire& wire : announce_keys(*pair.finance.chains, 1))
    line.to_a.push_back(std::move(wire));
  line.run();
  CHECK(waiting().empty());
}

TEST_CASE("every decision of an operator is one event with its rows") {
  Pair pair;
  Peering& peering = *pair.health.peering;
  const By by{.actor =
                  [] {
                    v1::AuditActor actor;
                    actor.set_uid(1004);
                    actor.set_name("maria");
                    return actor;
                  }(),
              .via = v1::AUDIT_VIA_CLI};
  const auto one = [&](Result<Step> step, std::string_view event) {
    CAPTURE(event);
    REQUIRE_MESSAGE(step.ok(), (step.ok() ? std::string() : proto::to_string(step.error())));
    REQUIRE(step->event);
    CHECK(step->event->event() == event);
    CHECK(step->event->actor().uid() == 1004);
    CHECK(step->event->via() == v1::AUDIT_VIA_CLI);
    CHECK_FALSE(step->rows.empty());
    pair.health.apply(*std::move(step));
  };
  Terms terms = pair.health.peer("finance").agreement->terms_of(pair.health.id());
  one(peering.suspend("finance", hours(1), "r", by, kNow), "peer.suspend");
  one(peering.resume("finance", by, kNow), "peer.resume");
  one(peering.retry("finance", by, kNow), "peer.retry");
  terms.proposer_sends->ceiling.tlp = v1::TLP_GREEN;
  one(peering.narrow("finance", terms, by, kNow), "agreement.narrow");
  terms.proposer_sends->ceiling.tlp = v1::TLP_AMBER;
  one(peering.widen("finance", terms, by, kNow), "agreement.propose");
  pair.health.apply(peering.forked(pair.finance.id(), "feed", kNow));
  one(peering.heal("finance", by, kNow), "peer.heal");
  one(peering.revoke("finance", "r", by, kNow), "peer.revoke");
  one(peering.invite({.name = "justice"}, by, kNow)->step, "peer.invite");
  one(peering.decline("justice", "r", by, kNow), "peer.decline");
  one(peering.abort("justice", by, kNow), "peer.abort");
  for (const auto& refused : {peering.verify("nobody", "x", by, kNow), peering.abort("nobody", by, kNow),
                              peering.sign("nobody", by, kNow), peering.heal("nobody", by, kNow),
                              peering.retry("nobody", by, kNow), peering.resume("nobody", by, kNow)}) {
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::kPeerUnknown);
  }
  const v1::LocalAudit failure =
      audit_failure("peer.verify", by, kNow, AgencyId(), {Code::kPeerUnknown, "nobody"});
  CHECK(failure.code() == 1220);
  CHECK(proto::encode_checked(failure).ok());
  // Texts of the other side are cut to what an event takes.
  const auto long_event = audit_event("x", by, kNow, AgencyId(), {{"why", std::string(5000, '\xc3')}});
  CHECK(proto::encode_checked(long_event).ok());
}

TEST_CASE("whoever follows changes of standing is told of each") {
  Pair pair;
  std::vector<AgencyId> told;
  pair.health.book->on_change([&](const AgencyId& agency) { told.push_back(agency); });
  pair.health.apply(pair.health.peering->suspend("finance", {}, "", By::node(), kNow));
  REQUIRE(told.size() == 1);
  CHECK(told[0] == pair.finance.id());
  pair.health.apply(pair.health.peering->retry("finance", By::node(), kNow));
  pair.health.apply(pair.health.peering->resume("finance", By::node(), kNow));
  CHECK(told.size() == 3);
}

}  // namespace comity::federation::test
