// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/session.h"

#include <doctest/doctest.h>

#include "crypto/sha256.h"
#include "node/peer/bye.h"
#include "node/peer/hello.h"
#include "node/peer/layout.h"
#include "test/unit/peer/two_sessions.h"

namespace comity::peer {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

v1::Wire ack() {
  v1::Wire wire;
  wire.mutable_ack();
  return wire;
}

v1::Wire hello_wire(const v1::Hello& hello) {
  v1::Wire wire;
  *wire.mutable_hello() = hello;
  return wire;
}

v1::Bye closing() {
  v1::Bye bye;
  bye.set_reason(v1::REASON_CLOSING);
  bye.set_text("good night");
  return bye;
}

}  // namespace

TEST_CASE("both sides open once with the other's Hello and first credits") {
  TwoSessions two(7, 900'000);
  CHECK(two.a->credit(v1::LANE_LIVE) == Session::Room{});
  CHECK(two.a->send(v1::LANE_CONTROL, ack()).error().code == Code::kSessionOrder);
  two.run();
  CHECK(two.a_notes.opens == 1);
  CHECK(two.b_notes.opens == 1);
  CHECK(two.a->remote_hello().agency() == hello_of(two.sides.b_claim).agency());
  CHECK(two.b->remote_hello().agency() == hello_of(two.sides.a_claim).agency());
  CHECK(two.a->remote_hello().feature(0) == kGreaseNumber);
  CHECK(two.a->credit(v1::LANE_LIVE) == Session::Room{7, 900'000});
  CHECK(two.a->credit(v1::LANE_BACKFILL) == Session::Room{7, 900'000});
  CHECK(two.a->credit(v1::LANE_CONTROL) == Session::Room{});
}

TEST_CASE(
    "in a pairing a message ends the session before it is larger than the most, and there is one lane") {
  for (const Lane lane : {Lane::kControl, Lane::kLive, Lane::kBackfill}) {
    Sides sides;
    Met met = meet(sides, sides.pairing());
    crypto::noise::RecordSealer sealer(std::move((*met.a)->keys.send));
    Notes notes;
    runtime::Mono now{};
    LiveSession b(*std::move(*met.b), hello_of(sides.b_claim), notes, now, [] {});
    const auto give = [&](ByteView body, Lane on, bool last) {
      Bytes frame(crypto::noise::record_bytes(body.size()));
      const std::size_t size = sealer.seal({on, last, false}, body, frame).value();
      std::ranges::copy(ByteView(frame).first(size), b.input_room().begin());
      b.received(size, now);
    };
    give(proto::encode(hello_wire(hello_of(sides.a_claim))), Lane::kControl, true);
    REQUIRE(notes.opens == 1);
    // One long message that never ends.
    const Bytes body(60'000);
    std::size_t given = 0;
    while (!b.said_bye() && given < 2 * proto::bounds::kMessageBytes) {
      give(body, lane, false);
      given += body.size();
      const std::size_t out = b.output(now).size();
      b.taken(out, now);
    }
    CHECK(given <= (lane == Lane::kControl ? limits::kPairingMessageBytes + body.size() : body.size()));
    CHECK(given > (lane == Lane::kControl ? limits::kPairingMessageBytes - body.size() : 0));
    b.lost(Error{Code::kEndOfStream, {}});
    b.finish();
    CHECK(notes.why.code == (lane == Lane::kControl ? Code::kMessageTooLong : Code::kSessionOrder));
  }
}

TEST_CASE("messages arrive on their lane with their size; the session's own are not for others") {
  TwoSessions two;
  two.run();
  const v1::Wire batch = batch_of(2, 3000);
  REQUIRE(two.a->send(v1::LANE_CONTROL, ack()).ok());
  REQUIRE(two.a->send(v1::LANE_BACKFILL, batch).ok());
  CHECK(two.a->backlog(v1::LANE_BACKFILL) == batch.ByteSizeLong());
  two.run();
  CHECK(two.a->backlog(v1::LANE_BACKFILL) == 0);
  CHECK(two.b_notes.lanes == std::vector<v1::Lane>{v1::LANE_CONTROL, v1::LANE_BACKFILL});
  REQUIRE(two.b_notes.messages.size() == 2);
  CHECK(two.b_notes.messages[1].SerializeAsString() == batch.SerializeAsString());
  CHECK(two.b_notes.sizes[1] == batch.ByteSizeLong());

  v1::Wire own;
  CHECK(two.a->send(v1::LANE_CONTROL, own).error().code == Code::kSessionMessage);
  for (int i = 0; i < 5; ++i) {
    switch (i) {
      case 0:
        *own.mutable_hello() = hello_of(two.sides.a_claim);
        break;
      case 1:
        own.mutable_credit();
        break;
      case 2:
        own.mutable_ping();
        break;
      case 3:
        own.mutable_pong();
        break;
      default:
        *own.mutable_bye() = closing();
    }
    CHECK(two.a->send(v1::LANE_CONTROL, own).error().code == Code::kSessionMessage);
  }
  CHECK(two.a->send(v1::LANE_CONTROL, batch).error().code == Code::kSessionOrder);
  CHECK_FALSE(two.a->send(v1::LANE_LIVE, batch_of(257)).ok());
  CHECK(two.a->send(v1::LANE_LIVE, batch_of(2, 300'000)).error().code == Code::kMessageTooLong);
}

TEST_CASE("credits count entries and bytes; a grant makes room and tells the handler") {
  TwoSessions two(10, 100'000);
  two.run();
  REQUIRE(two.a->send(v1::LANE_LIVE, batch_of(8)).ok());
  CHECK(two.a->credit(v1::LANE_LIVE) == Session::Room{2, 100'000 - batch_of(8).ByteSizeLong()});
  CHECK(two.a->credit(v1::LANE_BACKFILL).entries == 10);
  CHECK(two.a->send(v1::LANE_LIVE, batch_of(3)).error().code == Code::kSessionCredit);
  CHECK(two.a->send(v1::LANE_BACKFILL, batch_of(1, 100'000)).error().code == Code::kSessionCredit);
  two.run();
  two.a_notes.rooms.clear();
  two.b->grant(v1::LANE_LIVE, 3, 500);
  two.b->grant(v1::LANE_LIVE, 1, 500);
  two.run();
  CHECK(two.a->credit(v1::LANE_LIVE) == Session::Room{6, 101'000 - batch_of(8).ByteSizeLong()});
  CHECK(two.a_notes.rooms == std::vector<v1::Lane>{v1::LANE_LIVE});
  CHECK(two.a->send(v1::LANE_LIVE, batch_of(6)).ok());
  two.run();
  CHECK(two.b_notes.messages.size() == 2);
  CHECK_FALSE(two.b->over());
  CHECK_THROWS_AS(two.b->grant(v1::LANE_CONTROL, 1, 1), std::invalid_argument);
}

TEST_CASE("permissions add up to the largest number and no further") {
  TwoSessions two(UINT32_MAX, UINT64_MAX);
  two.run();
  two.b->grant(v1::LANE_LIVE, UINT32_MAX, UINT64_MAX);
  two.b->grant(v1::LANE_LIVE, 5, 5);
  two.run();
  CHECK(two.a->credit(v1::LANE_LIVE) == Session::Room{UINT32_MAX, UINT64_MAX});
  REQUIRE(two.a->send(v1::LANE_LIVE, batch_of(3)).ok());
  two.run();
  CHECK(two.b_notes.messages.size() == 1);
}

TEST_CASE(
    "whoever sends beyond its credits, in entries or in bytes, gets Bye with CREDIT and the message's hash") {
  for (const v1::Wire& wire : {batch_of(5), batch_of(2, 2500)}) {
    Hostile hostile;
    hostile.greet();
    hostile.give(wire, Lane::kLive);
    const v1::Bye bye = hostile.farewell();
    CHECK(bye.reason() == v1::REASON_CREDIT);
    CHECK(bye.message_hash() == proto::as_text(crypto::sha256(proto::encode(wire)).view()));
    CHECK(hostile.notes.why.code == Code::kSessionCredit);
    CHECK(hostile.notes.messages.empty());
  }
  // Bytes add up over messages as entries do.
  Hostile steady;
  steady.greet();
  steady.give(batch_of(1, 2500), Lane::kLive);
  steady.give(batch_of(1, 2500), Lane::kBackfill);
  CHECK(steady.notes.messages.size() == 2);
  steady.give(batch_of(1, 2500), Lane::kLive);
  CHECK(steady.notes.messages.size() == 2);
  CHECK(steady.farewell().reason() == v1::REASON_CREDIT);
  // Exactly what is permitted passes, even an empty batch, until nothing is left.
  Hostile honest;
  honest.greet();
  honest.give(batch_of(4), Lane::kLive);
  honest.give(batch_of(0), Lane::kLive);
  CHECK(honest.notes.messages.size() == 2);
  honest.b->grant(v1::LANE_LIVE, 1, 0);
  honest.give(batch_of(1), Lane::kLive);
  CHECK(honest.notes.messages.size() == 3);
  honest.give(batch_of(1), Lane::kLive);
  CHECK(honest.farewell().reason() == v1::REASON_CREDIT);
}

TEST_CASE("anything before Hello, a second Hello, and messages on the wrong lane break the order") {
  struct Case {
    v1::Wire wire;
    Lane lane;
    bool greet;
  };
  v1::Wire ping;
  ping.mutable_ping()->set_token(1);
  v1::Wire credit;
  credit.mutable_credit()->set_lane(v1::LANE_LIVE);
  v1::Wire pong;
  pong.mutable_pong()->set_token(1);
  const v1::Wire hello = hello_wire(hello_of(Sides().a_claim));
  for (const Case& bad : {Case{ack(), Lane::kControl, false}, Case{ping, Lane::kControl, false},
                          Case{credit, Lane::kControl, false}, Case{batch_of(1), Lane::kLive, false},
                          Case{hello, Lane::kLive, false}, Case{hello, Lane::kControl, true},
                          Case{batch_of(1), Lane::kControl, true}, Case{ping, Lane::kLive, true},
                          Case{credit, Lane::kBackfill, true}, Case{pong, Lane::kControl, true}}) {
    Hostile hostile;
    if (bad.greet) hostile.greet();
    hostile.give(bad.wire, bad.lane);
    CHECK(hostile.farewell().reason() == v1::REASON_PROTOCOL);
    CHECK(hostile.notes.why.code == Code::kSessionOrder);
    CHECK(hostile.notes.opens == (bad.greet ? 1 : 0));
    CHECK(hostile.notes.messages.empty());
  }
}

TEST_CASE("a Hello that breaks a rule never opens the session") {
  const Claim claim = Sides().a_claim;
  const auto with = [&claim](const std::function<void(v1::Hello&)>& change) {
    v1::Hello hello = hello_of(claim);
    change(hello);
    return hello_wire(hello);
  };
  const v1::Wire bad[] = {
      with([](v1::Hello& h) { h.set_agency(std::string(32, 'x')); }),
      with([](v1::Hello& h) { h.set_agency(std::string(32, '\0')); }),
      with([](v1::Hello& h) { h.set_keydoc_hash(std::string(32, '\0')); }),
      with([](v1::Hello& h) { h.set_instance(std::string(16, '\0')); }),
      with([](v1::Hello& h) { h.mutable_credit(0)->set_lane(v1::LANE_CONTROL); }),
      with([](v1::Hello& h) { h.mutable_credit(0)->set_lane(v1::LANE_BACKFILL); }),
      with([](v1::Hello& h) {
        h.add_feature(2);
        h.add_feature(2);
      }),
      with([](v1::Hello& h) {
        h.add_feature(3);
        h.add_feature(2);
      }),
  };
  for (const v1::Wire& wire : bad) {
    Hostile hostile;
    hostile.give(wire);
    const v1::Bye bye = hostile.farewell();
    CHECK(bye.reason() == v1::REASON_PROTOCOL);
    CHECK(bye.message_hash().size() == 32);
    CHECK(hostile.notes.why.code == Code::kHelloRule);
    CHECK(hostile.notes.opens == 0);
  }
  Hostile fine;
  fine.give(with([](v1::Hello& h) {
    h.add_feature(2);
    h.add_feature(900);
    h.set_minor(12);
  }));
  CHECK(fine.notes.opens == 1);
}

TEST_CASE("an undecodable, unknown or empty message ends the session as malformed") {
  const std::string_view bad[] = {
      std::string_view("\x12\x00\x12\x00", 4),  // a member twice
      std::string_view("\xd2\x02\x01x", 4),     // number 42, below 100
      std::string_view("\x7a\x0a\x09\x01", 4),  // cut
      std::string_view("\x82\x00\x00", 3),      // a number with more bytes than it needs
  };
  for (const std::string_view bytes : bad) {
    Hostile hostile;
    hostile.greet();
    hostile.give(proto::as_bytes(bytes));
    const v1::Bye bye = hostile.farewell();
    CHECK(bye.reason() == v1::REASON_MALFORMED);
    CHECK(bye.message_hash() == proto::as_text(crypto::sha256(proto::as_bytes(bytes)).view()));
    CHECK(hostile.notes.messages.empty());
  }
  Hostile ignorable;
  ignorable.greet();
  ignorable.give(proto::as_bytes(std::string_view("\xa2\x06\x01x", 4)));  // number 100 alone: no member
  CHECK(ignorable.farewell().reason() == v1::REASON_MALFORMED);
  CHECK(ignorable.notes.why.code == Code::kSessionMessage);
}

TEST_CASE("a Bye ends the session with what it means; nothing after it is heard") {
  TwoSessions two;
  two.run();
  REQUIRE(two.a->send(v1::LANE_LIVE, batch_of(1)).ok());
  two.a->bye(closing());
  CHECK(two.a->send(v1::LANE_LIVE, batch_of(1)).error().code == Code::kSessionEnded);
  two.run();
  CHECK(two.b_notes.messages.size() == 1);
  REQUIRE(two.b->over());
  CHECK(two.a->said_bye());
  two.b->finish();
  two.a->lost(Error{Code::kEndOfStream, {}});
  two.a->finish();
  CHECK(two.b_notes.why.code == Code::kSessionEnded);
  REQUIRE(two.b_notes.theirs);
  CHECK(two.b_notes.theirs->text() == "good night");
  CHECK(two.a_notes.why.code == Code::kSessionEnded);
  CHECK_FALSE(two.a_notes.theirs);
}

TEST_CASE("a Bye's reason becomes an error that the operator can act on") {
  const std::pair<v1::Reason, Code> expected[] = {
      {v1::REASON_CLOSING, Code::kSessionEnded},  {v1::REASON_REPLACED, Code::kSessionReplaced},
      {v1::REASON_CLONE, Code::kPeerClone},       {v1::REASON_VERSION, Code::kProtocolTooOld},
      {v1::REASON_SUSPENDED, Code::kPeerRefused}, {static_cast<v1::Reason>(99), Code::kPeerRefused}};
  for (const auto& [reason, code] : expected) {
    v1::Bye bye;
    bye.set_reason(reason);
    CHECK(error_of(bye).code == code);
  }
  CHECK(reason_name(v1::REASON_CLONE) == "CLONE");
  CHECK(reason_name(static_cast<v1::Reason>(99)) == "reason 99");
}

TEST_CASE(
    "an end without Bye was cut; before the other side's Hello it is a refusal for the one who dialled") {
  for (const bool opened : {true, false}) {
    TwoSessions two;
    if (opened) two.run();
    two.a->lost(Error{Code::kEndOfStream, {}});
    two.b->lost(Error{Code::kConnectionReset, {}});
    two.a->finish();
    two.b->finish();
    CHECK(two.a_notes.why.code == (opened ? Code::kSessionCut : Code::kHandshakeRefused));
    CHECK(two.b_notes.why.code == Code::kSessionCut);
  }
  Hostile hostile;
  hostile.greet();
  hostile.give(ack(), Lane::kControl, true);
  CHECK(hostile.farewell().reason() == v1::REASON_PROTOCOL);
}

TEST_CASE("a silent session pings after 25 seconds and lives; without an answer it is dead after 75") {
  TwoSessions two;
  two.run();
  two.pass(seconds(600));
  CHECK_FALSE(two.a->over());
  CHECK_FALSE(two.b->over());

  Hostile hostile;
  hostile.greet();
  CHECK(hostile.answers().size() == 1);
  hostile.now += seconds(24);
  hostile.b->tick(hostile.now);
  CHECK(hostile.answers().empty());
  hostile.now += seconds(1);
  hostile.b->tick(hostile.now);
  const auto ping = hostile.answers();
  REQUIRE(ping.size() == 1);
  CHECK(ping[0].has_ping());
  hostile.now += seconds(25);
  hostile.b->tick(hostile.now);
  CHECK(hostile.answers().size() == 1);
  hostile.now += seconds(24);
  hostile.b->tick(hostile.now);
  CHECK(hostile.b->deadline() == hostile.now + seconds(1));
  hostile.now += seconds(1);
  hostile.b->tick(hostile.now);
  CHECK(hostile.farewell().reason() == v1::REASON_TIMEOUT);
  CHECK(hostile.notes.why.code == Code::kSessionSilent);
}

TEST_CASE("a Ping is answered with its token, many at once with the last; an unasked Pong breaks the order") {
  Hostile hostile;
  hostile.greet();
  (void)hostile.answers();
  v1::Wire ping;
  for (std::uint64_t token = 1; token <= 1000; ++token) {
    ping.mutable_ping()->set_token(token);
    hostile.give(ping);
  }
  const auto answers = hostile.answers();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].pong().token() == 1000);
}

TEST_CASE("without a Hello the session ends after ten seconds") {
  Hostile hostile;
  hostile.now += seconds(10);
  hostile.b->tick(hostile.now);
  CHECK(hostile.farewell().reason() == v1::REASON_TIMEOUT);
}

TEST_CASE("half a record now and then is no sign of life") {
  Hostile hostile;
  hostile.greet();
  for (int i = 0; i < 74; ++i) {
    hostile.now += seconds(1);
    hostile.b->input_room()[0] = i == 0 ? std::byte{1} : std::byte{0xfe};  // a frame of 512 bytes
    if (i < 2) hostile.b->received(1, hostile.now);
    hostile.b->tick(hostile.now);
  }
  CHECK_FALSE(hostile.b->said_bye());
  hostile.now += seconds(1);
  hostile.b->tick(hostile.now);
  CHECK(hostile.answers().back().bye().reason() == v1::REASON_TIMEOUT);
}

TEST_CASE("a peer that stops reading costs the caps and no more, and is given up") {
  TwoSessions two(UINT32_MAX, UINT64_MAX);
  two.run();
  const v1::Wire batch = batch_of(1, 200'000);
  v1::Wire vector;
  for (int i = 0; i < 1000; ++i)
    vector.mutable_vector()->add_feed()->set_feed(std::string(32, static_cast<char>(i)));
  (void)two.a->output(two.now);
  std::size_t queued = 0;
  Status status;
  for (const v1::Lane lane : {v1::LANE_CONTROL, v1::LANE_LIVE, v1::LANE_BACKFILL}) {
    const v1::Wire& wire = lane == v1::LANE_CONTROL ? vector : batch;
    while ((status = two.a->send(lane, wire)).ok()) {
      (void)two.a->output(two.now);
    }
    CHECK(status.error().code == Code::kSessionBacklog);
    CHECK(two.a->backlog(lane) <= limits::kLaneBytes.at(static_cast<std::size_t>(lane)));
    CHECK(two.a->backlog(lane) > limits::kLaneBytes.at(static_cast<std::size_t>(lane)) / 2);
    queued += two.a->backlog(lane);
  }
  // What the session says by itself does not pile up either, whatever the other side asks for.
  for (int i = 0; i < 5000; ++i) {
    two.a->grant(v1::LANE_LIVE, 1, 1);
    (void)two.a->output(two.now);
  }
  CHECK(two.a->backlog(v1::LANE_CONTROL) + two.a->backlog(v1::LANE_LIVE) +
            two.a->backlog(v1::LANE_BACKFILL) <=
        queued);
  // It still sends, so it is not silent; but nothing of ours is taken.
  for (int i = 0; i < 80 && !two.a->over(); ++i) {
    two.now += seconds(1);
    two.b->grant(v1::LANE_LIVE, 1, 1);
    const Bytes out = proto::to_bytes(two.b->output(two.now));
    two.b->taken(out.size(), two.now);
    std::ranges::copy(out, two.a->input_room().begin());
    two.a->received(out.size(), two.now);
    two.a->tick(two.now);
  }
  REQUIRE(two.a->over());
  two.a->finish();
  CHECK(two.a_notes.why.code == Code::kSessionSilent);
}

TEST_CASE("a sender that was refused hears when half of its lane is free, and when all is") {
  TwoSessions two(UINT32_MAX, UINT64_MAX);
  two.run();
  two.a_notes.rooms.clear();
  const v1::Wire batch = batch_of(1, 200'000);
  while (two.a->send(v1::LANE_LIVE, batch).ok()) {
  }
  std::size_t at_notice = 0;
  two.a_notes.on_room = [&](Session& session, v1::Lane lane) {
    if (at_notice == 0) at_notice = session.backlog(lane);
  };
  two.run();
  CHECK(at_notice <= limits::kLaneBytes[1] / 2);
  CHECK(at_notice > 0);
  CHECK(two.a_notes.rooms == std::vector<v1::Lane>{v1::LANE_LIVE, v1::LANE_LIVE});
}

TEST_CASE("too many control messages are not read before their time, and nobody is accused") {
  Hostile hostile;
  hostile.greet();
  CHECK(hostile.b->read_from() <= hostile.now);
  for (int i = 0; i < 45'000; ++i)
    hostile.give(ack());
  CHECK(hostile.b->read_from() > hostile.now + milliseconds(200));
  CHECK(hostile.b->read_from() < hostile.now + seconds(1));
  CHECK_FALSE(hostile.b->said_bye());
  CHECK(hostile.notes.messages.size() == 45'000);
}

TEST_CASE("after a day the session asks for a new handshake by a Bye of its own") {
  TwoSessions two;
  two.run();
  two.pass(hours(23));
  CHECK_FALSE(two.a->over());
  two.pass(hours(1) + seconds(10));
  REQUIRE(two.a->over());
  REQUIRE(two.b->over());
  two.a->finish();
  two.b->finish();
  CHECK(two.a_notes.why.code == Code::kSessionReplaced);
  CHECK(two.b_notes.why.code == Code::kSessionReplaced);
}

TEST_CASE("a Bye that nobody takes is given up after its time") {
  TwoSessions two;
  two.run();
  two.a->bye(closing());
  CHECK(two.a->deadline() <= two.now);
  two.a->tick(two.now);
  CHECK(two.a->deadline() == two.now + limits::kFlushTime);
  two.now += limits::kFlushTime;
  two.a->tick(two.now);
  CHECK(two.a->over());
}

TEST_CASE("a Bye in every place where the handler is called ends the session cleanly") {
  for (const int place : {0, 1, 2}) {
    TwoSessions two;
    const auto leave = [](Session& session) { session.bye(closing()); };
    if (place == 0) two.b_notes.on_open = leave;
    if (place == 1) two.b_notes.on_message = leave;
    if (place == 2) two.b_notes.on_room = [&](Session& session, v1::Lane) { leave(session); };
    two.run();
    (void)two.a->send(v1::LANE_CONTROL, ack());
    (void)two.a->send(v1::LANE_CONTROL, ack());
    two.a->grant(v1::LANE_LIVE, 1, 1);
    two.run();
    CHECK(two.a->over());
    CHECK(two.b_notes.messages.size() == (place == 0 ? 0 : place == 1 ? 1 : 2));
    two.a->finish();
    CHECK(two.a_notes.theirs.has_value());
  }
}

TEST_CASE("an operator's words that break the schema are left out, the Bye is not") {
  TwoSessions two;
  two.run();
  v1::Bye bye = closing();
  bye.set_text(std::string(300, 'x'));
  two.a->bye(bye);
  two.run();
  REQUIRE(two.b->over());
  CHECK(two.b->theirs()->reason() == v1::REASON_CLOSING);
  CHECK(two.b->theirs()->text().empty());
}

TEST_CASE("a changed byte anywhere in a session's stream ends it and reaches no handler") {
  for (std::size_t at = 0; at < 512; at += 7) {
    TwoSessions two;
    two.run();
    REQUIRE(two.a->send(v1::LANE_LIVE, batch_of(2)).ok());
    Bytes out = proto::to_bytes(two.a->output(two.now));
    REQUIRE(out.size() == 512);
    out[at] ^= std::byte{0x10};
    std::ranges::copy(out, two.b->input_room().begin());
    two.b->received(out.size(), two.now);
    CHECK(two.b_notes.messages.empty());
    // A length that announces a longer record waits for it in vain; all else ends the session at once.
    if (at > 1) CHECK(two.b->send(v1::LANE_CONTROL, ack()).error().code == Code::kSessionEnded);
  }
}

}  // namespace comity::peer
