// SPDX-License-Identifier: EUPL-1.2
// "When in doubt the node refuses and says why": every reason of the schema is said by the part that says it,
// and the other side's operator can read it. A reason without a row fails here.
#include "node/federation/peering/reasons.h"

#include <doctest/doctest.h>

#include "node/federation/check/call_backs.h"
#include "node/federation/links/link_table.h"
#include "node/feed/tables.h"
#include "test/unit/federation_peering/office.h"
#include "test/unit/federation_sync/world.h"
#include "test/unit/peer/two_sessions.h"

namespace comity::federation::test {
namespace {

/// What came over the wire: the end of a session, or the refusal of one thing in it.
struct Said {
  v1::Reason reason = v1::REASON_NONE;
  std::string text{};
  std::uint32_t retry_after = 0;
};

Said of(const std::optional<v1::Bye>& bye) {
  REQUIRE(bye);
  REQUIRE(proto::encode_checked(*bye).ok());
  return {bye->reason(), bye->text(), bye->retry_after()};
}

// --- peering: a Hello that does not fit, an operator's decision ---

v1::Hello hello_of(Office& office, const Office& to) {
  v1::Hello hello;
  PeerSession(*office.peering, {to.id(), to.transport()}).fill(hello);
  hello.set_hlc(millis(office.now) << 16U);
  hello.set_instance(std::string(16, 'i'));
  hello.set_boot_count(1);
  return hello;
}

Step answer(Pair& pair, const std::function<void(v1::Hello&)>& bend, bool pinned_is_live = false,
            std::uint32_t least_minor = 0) {
  v1::Hello hello = hello_of(pair.finance, pair.health);
  bend(hello);
  PeerSession session(*pair.health.peering, {pair.finance.id(), pair.finance.transport()}, least_minor);
  return session.opened(hello, pinned_is_live, pair.health.now);
}

const auto kAsItIs = [](v1::Hello& /*hello*/) {};

Said expired() {
  Terms terms = default_terms(kNow);
  terms.ends = kNow + days(10);
  Pair pair(terms);
  pair.health.now = pair.finance.now = kNow + days(11);
  Step step = answer(pair, kAsItIs);
  for (const v1::Wire& wire : step.messages) {
    if (wire.has_refusal()) return {wire.refusal().reason(), wire.refusal().text(), 0};
  }
  FAIL("an agreement that has ended is told");
  return {};
}

Said another_agreement() {
  Pair pair;
  Terms wider = default_terms(kNow);
  wider.title = "Something else";
  const Agreed unsigned_one = make_agreement({.terms = wider,
                                              .proposer = pair.finance.id(),
                                              .accepter = pair.health.id(),
                                              .serial = 9,
                                              .issued = kNow,
                                              .proposer_keydoc = 1,
                                              .accepter_keydoc = 1})
                                  .value();
  PeerSession session(*pair.health.peering, {pair.finance.id(), pair.finance.transport()});
  pair.health.apply(session.opened(hello_of(pair.finance, pair.health), false, kNow));
  const Step step = session.message(wire_of(unsigned_one.message), {}, kNow);
  return of(step.bye);
}

// --- links ---

Said second_session(bool clone) {
  SeededRandom random(5);
  LinkTable table(random.next<AgencyId>());
  LiveLink first{
      .number = 1, .agency = random.next<AgencyId>(), .instance = random.next<InstanceId>(), .boot_count = 1};
  LiveLink second = first;
  second.number = 2;
  if (clone) second.instance = random.next<InstanceId>();
  REQUIRE_FALSE(table.opened(first, first.instance, Mono{}));
  const auto goodbye = table.opened(second, first.instance, Mono{});
  REQUIRE(goodbye);
  return of(goodbye->bye);
}

// --- sessions ---

Said broken_session(const std::function<void(peer::Hostile&)>& what) {
  peer::Hostile stage;
  stage.greet();
  what(stage);
  return of(stage.farewell());
}

Said told_bye(v1::Reason reason) {
  peer::TwoSessions two;
  two.run();
  v1::Bye bye;
  bye.set_reason(reason);
  two.a->bye(bye);
  two.run();
  return of(two.b->theirs());
}

// --- sync: what one site says about a feed of the other ---

Said from_sync(const std::function<void(World&, Site& author, Site& reader, const SpaceId&)>& meddle) {
  World world;
  Site& author = world.add();
  Site& reader = world.add();
  const SpaceId space = world.random.next<SpaceId>();
  const FeedId feed = author.open(space);
  author.audience(feed, {{reader.id()}});
  meddle(world, author, reader, space);
  world.connect(author, reader);
  world.run();
  author.post(feed, space, 2);
  world.run();
  REQUIRE_FALSE(author.told.their_refusals.empty());
  CHECK(world.byes.empty());
  return {author.told.their_refusals.front(), {}, 0};
}

Said store_refuses() {
  World world;
  Site& author = world.add();
  Site& reader = world.add();
  const SpaceId space = world.random.next<SpaceId>();
  const FeedId feed = author.open(space);
  author.audience(feed, {{reader.id()}});
  world.connect(author, reader);
  world.run();
  // Another writer changes the feed's row behind the ingester's back.
  auto state = *feed::find_feed(*reader.peer.node.view(), feed).value();
  state.rekey = !state.rekey;
  storage::Batch meddled;
  meddled.put(feed::kFeeds.key(feed), feed::encode(state));
  REQUIRE(reader.peer.node.store->commit(std::move(meddled)).ok());
  author.post(feed, space, 1);
  world.run();
  REQUIRE_FALSE(author.told.their_refusals.empty());
  return {author.told.their_refusals.front(), {}, 0};
}

Said asked_too_often() {
  SeededRandom random(6);
  CallBackGate gate;
  v1::CallBackWant want;
  want.set_token(1);
  want.set_endpoints_serial(1);
  const auto peer = random.next<AgencyId>();
  EndpointSet addresses{.agency = peer, .serial = 1, .endpoints = {"node.example:7443"}};
  REQUIRE(gate.want(peer, want, true, &addresses, Mono{}).refused == v1::REASON_NONE);
  const auto second = gate.want(peer, want, true, &addresses, Mono{});
  return {second.refused, {}, second.retry_after};
}

struct Row {
  v1::Reason reason;
  std::function<Said()> say;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {v1::REASON_CLOSING, [] { return told_bye(v1::REASON_CLOSING); }},
      {v1::REASON_DRAINING, [] { return told_bye(v1::REASON_DRAINING); }},
      {v1::REASON_SUSPENDED,
       [] {
         Pair pair;
         return of(pair.health.peering->suspend("finance", hours(1), "incident 311", By::node(), kNow)->bye);
       }},
      {v1::REASON_EXPIRED, expired},
      {v1::REASON_REVOKED,
       [] {
         Pair pair;
         return of(pair.health.peering->revoke("finance", "agreement ended", By::node(), kNow)->bye);
       }},
      {v1::REASON_AGREEMENT_MISMATCH, another_agreement},
      {v1::REASON_LABEL_NOT_ALLOWED,
       [] {
         return from_sync(
             [](World&, Site&, Site& reader, const SpaceId&) { reader.ceiling = v1::TLP_CLEAR; });
       }},
      {v1::REASON_SPACE_NOT_SHARED,
       [] {
         return from_sync(
             [](World&, Site&, Site& reader, const SpaceId& space) { reader.closed_spaces.insert(space); });
       }},
      {v1::REASON_QUOTA,
       [] {
         return from_sync([](World& world, Site& author, Site& reader, const SpaceId&) {
           reader.limits.feeds = 1;
           const FeedId more = author.open(world.random.next<SpaceId>());
           author.audience(more, {{reader.id()}});
         });
       }},
      {v1::REASON_RATE, asked_too_often},
      {v1::REASON_CLOCK,
       [] {
         Pair pair;
         return of(answer(pair, [](v1::Hello& h) { h.set_hlc(millis(kNow + hours(25)) << 16U); }).bye);
       }},
      {v1::REASON_PROTOCOL, [] { return broken_session([](peer::Hostile& stage) { stage.greet(); }); }},
      {v1::REASON_FORK,
       [] {
         Pair pair;
         pair.health.apply(answer(pair, [](v1::Hello& h) { h.set_boot_count(9); }));
         return of(answer(pair, [](v1::Hello& h) { h.set_boot_count(8); }).bye);
       }},
      {v1::REASON_MALFORMED,
       [] {
         return broken_session([](peer::Hostile& stage) { stage.give(proto::to_bytes("no message")); });
       }},
      {v1::REASON_CLONE, [] { return second_session(true); }},
      {v1::REASON_NOT_AVAILABLE,
       [] {
         Pair pair;
         PeerSession stranger(*pair.health.peering, {Office(77).id(), pair.finance.transport()});
         return of(stranger.opened(v1::Hello(), false, kNow).bye);
       }},
      {v1::REASON_CREDIT,
       [] {
         return broken_session([](peer::Hostile& stage) {
           for (int i = 0; i < 3; ++i)
             stage.give(peer::batch_of(2), peer::Lane::kLive);
         });
       }},
      {v1::REASON_KEYDOC,
       [] {
         Pair pair;
         return of(answer(pair, [](v1::Hello& h) { h.set_keydoc_hash(std::string(32, 'x')); }).bye);
       }},
      {v1::REASON_TIMEOUT,
       [] {
         return broken_session([](peer::Hostile& stage) {
           stage.now += std::chrono::minutes(2);
           stage.b->tick(stage.now);
         });
       }},
      {v1::REASON_REPLACED, [] { return second_session(false); }},
      {v1::REASON_VERSION,
       [] {
         Pair pair;
         return of(answer(pair, kAsItIs, false, 2).bye);
       }},
      {v1::REASON_STORE, store_refuses},
  };
  return all;
}

/// Ends that mean no refusal: the operator is not troubled with them.
bool is_everyday(v1::Reason reason) {
  return reason == v1::REASON_CLOSING || reason == v1::REASON_DRAINING || reason == v1::REASON_TIMEOUT ||
         reason == v1::REASON_REPLACED;
}

}  // namespace

TEST_CASE("every reason of the schema has a row") {
  std::set<v1::Reason> listed;
  for (const Row& row : rows())
    CHECK_MESSAGE(listed.insert(row.reason).second, v1::Reason_Name(row.reason));
  for (int number = v1::Reason_MIN; number <= v1::Reason_MAX; ++number) {
    if (!v1::Reason_IsValid(number) || number == v1::REASON_NONE) continue;
    const auto reason = static_cast<v1::Reason>(number);
    CHECK_MESSAGE(listed.contains(reason), v1::Reason_Name(reason));
  }
}

TEST_CASE("every reason is said by the part that says it") {
  for (const Row& row : rows()) {
    CAPTURE(v1::Reason_Name(row.reason));
    CHECK(row.say().reason == row.reason);
  }
}

TEST_CASE("what the other side refuses stands in last_error, and on record once") {
  for (const Row& row : rows()) {
    CAPTURE(v1::Reason_Name(row.reason));
    Pair pair;
    PeerSession session(*pair.finance.peering, {pair.health.id(), pair.health.transport()});
    pair.finance.apply(session.opened(hello_of(pair.health, pair.finance), false, kNow));
    v1::Bye bye;
    bye.set_reason(row.reason);
    bye.set_text("call 311");
    for (int i = 0; i < 2; ++i)
      pair.finance.apply(session.bye(bye, kNow));
    const Trouble& last = pair.finance.peer("health").last_error;
    CHECK(pair.finance.logged("peer.refused") == (is_everyday(row.reason) ? 0 : 1));
    if (is_everyday(row.reason)) continue;
    CHECK(last.reason == row.reason);
    CHECK(last.text == name_of(row.reason) + ": call 311");
    // The same within a session, about one thing.
    v1::Wire wire;
    wire.mutable_refusal()->set_reason(row.reason);
    wire.mutable_refusal()->set_text("disk 91 %");
    pair.finance.apply(session.message(wire, {}, kNow));
    CHECK(pair.finance.peer("health").last_error.text == name_of(row.reason) + ": disk 91 %");
  }
}

}  // namespace comity::federation::test
